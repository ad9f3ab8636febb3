// A user backend as it is usually built with Express.
// Usage: node server.js --users N --cost C --database FILE [--prepared-key]
import { createSecretKey, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

import bcrypt from 'bcrypt';
import express from 'express';
import jwt from 'jsonwebtoken';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';

import { open } from './users.js';

const { values } = parseArgs({
  options: {
    users: { type: 'string' },
    cost: { type: 'string' },
    database: { type: 'string' },
    'prepared-key': { type: 'boolean' },
  },
});
const users = await open(values.database, Number(values.users), Number(values.cost));
// The guides give text, from which jsonwebtoken makes a key at every request: README.md says what that costs.
const text = randomBytes(32).toString('hex');
const secret = values['prepared-key'] ? createSecretKey(text, 'utf8') : text;

passport.use(new Strategy(
  { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret, algorithms: ['HS256'] },
  // The token's user must still be there.
  (claims, done) => done(null, users.byId(claims.sub) ?? false),
));

const app = express();
app.use(express.json());

app.post('/login', async (req, res) => {
  const { email, password } = req.body ?? {};
  if (typeof email !== 'string' || typeof password !== 'string') {
    return res.status(400).json({ error: 'email and password are required' });
  }
  const user = users.byEmail(email);
  if (!user || !(await bcrypt.compare(password, user.password_hash))) {
    return res.status(401).json({ error: 'wrong email or password' });
  }
  res.json({ token: jwt.sign({ sub: user.id }, secret, { algorithm: 'HS256', expiresIn: '1h' }) });
});

app.get('/users/:id', passport.authenticate('jwt', { session: false }), (req, res) => {
  const user = users.byId(Number(req.params.id));
  if (!user) return res.status(404).json({ error: 'no such user' });
  const { password_hash, ...shown } = user;
  res.json(shown);
});

const server = app.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
