// The users in SQLite; user n has the id n.
import bcrypt from 'bcrypt';
import Database from 'better-sqlite3';

const SCHEMA = `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  )`;

export async function open(file, count, cost) {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.exec(SCHEMA);
  // One hash for all: to make a hundred thousand would take an hour.
  const hash = await bcrypt.hash('secret12', cost);
  const insert = db.prepare('INSERT INTO users (id, email, name, password_hash) VALUES (?, ?, ?, ?)');
  db.transaction(() => {
    for (let n = 1; n <= count; n += 1) insert.run(n, `user${n}@example.com`, `User ${n}`, hash);
  })();
  const byId = db.prepare('SELECT * FROM users WHERE id = ?');
  const byEmail = db.prepare('SELECT * FROM users WHERE email = ?');
  return { byId: (id) => byId.get(id), byEmail: (email) => byEmail.get(email) };
}
