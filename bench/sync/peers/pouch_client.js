// PouchDB with both replicas, obeying orders (bench/sync/orders.py): node pouch_client.js FOLDER PORT BATCH
// A batch of 0 is PouchDB's own default of 100 documents.
const fs = require("fs");
const readline = require("readline");
const PouchDB = require("pouchdb");

const [, , folder, port, batch] = process.argv;
const replicas = { a: new PouchDB(folder + "/a"), b: new PouchDB(folder + "/b") };
const silence = 120000; // ms; a broken replication may neither end nor fail
let work = null;
let current = null;

// A reset of the connection to the database's root is caught by nobody inside PouchDB.
process.on("unhandledRejection", () => {});

const remote = () => new PouchDB(`http://127.0.0.1:${port}/centre`, { skip_setup: true });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function replicated(which, direction) {
  const options = +batch > 0 ? { batch_size: +batch } : {};
  const running = replicas[which].replicate[direction](remote(), options);
  current = running;
  running.catch(() => {});
  const stuck = new Promise((_, fail) => {
    let last = Date.now();
    for (const sign of ["change", "checkpoint"]) {
      running.on(sign, () => { last = Date.now(); });
    }
    const watch = setInterval(() => {
      if (Date.now() - last < silence) return;
      clearInterval(watch);
      running.cancel();
      fail(new Error("no sign of life"));
    }, 1000);
    const stop = () => clearInterval(watch);
    running.then(stop, stop);
  });
  return Promise.race([running, stuck]);
}

async function sync({ which, limit }) {
  const began = Date.now();
  const faults = {};
  let tries = 0;
  let level = false;
  while (!level && Date.now() - began < limit * 1000) {
    tries += 1;
    // The limit holds inside a try, too: PouchDB tries again by itself as long as it likes.
    let timer;
    const late = new Promise((done) => {
      timer = setTimeout(() => done("late"), limit * 1000 - (Date.now() - began));
    });
    try {
      const both = (async () => { await replicated(which, "to"); await replicated(which, "from"); })();
      both.catch(() => {});
      level = (await Promise.race([both, late])) !== "late";
    } catch (fault) {
      const name = String(fault.message || fault.name || fault).slice(0, 60);
      faults[name] = (faults[name] || 0) + 1;
      await pause(500);
    }
    clearTimeout(timer);
  }
  if (!level && current) current.cancel();
  return { seconds: (Date.now() - began) / 1000, is_level: level, tries, faults };
}

const orders = {
  greet: async () => { await new PouchDB(`http://127.0.0.1:${port}/centre`).info(); return {}; },
  cases: async ({ path }) => {
    work = JSON.parse(fs.readFileSync(path));
    await replicas.a.bulkDocs(work.cases.map(({ id, ...fields }) => ({ _id: id, ...fields })));
    return {};
  },
  edits: async () => {
    for (const edit of work.edits) {
      const document = await replicas.a.get(edit.id);
      document[edit.field] = edit.value;
      await replicas.a.put(document);
    }
    return {};
  },
  sync,
  equal: async () => {
    const held = async (one) =>
      JSON.stringify((await one.allDocs({ include_docs: true })).rows.map((row) => row.doc));
    const [a, b] = [await held(replicas.a), await held(replicas.b)];
    return { are_equal: a === b, documents: (await replicas.b.info()).doc_count };
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { order, ...details } = JSON.parse(line);
    let answer;
    try {
      answer = await orders[order](details);
    } catch (fault) {
      answer = { fault: String(fault.message || fault).slice(0, 200) };
    }
    console.log(JSON.stringify(answer));
  }
  process.exit(0);
})();
