"""The Ficha de Registro de Casos, step by step."""
