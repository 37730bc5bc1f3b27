// express-pouchdb on PouchDB's own file store: node pouch_server.js FOLDER PORT
const [, , folder, port] = process.argv;
const express = require("express");
const PouchDB = require("pouchdb").defaults({ prefix: folder + "/server-" });
const app = express();
const options = {
  configPath: folder + "/config.json",
  logPath: folder + "/log.txt",
  mode: "minimumForPouchDB",
};
app.use("/", require("express-pouchdb")(PouchDB, options));
app.listen(+port, "127.0.0.1");
