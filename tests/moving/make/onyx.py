"""The users of an onyx server: Flask-SQLAlchemy's table, passlib's sha256-crypt. Usage: onyx.py people.json FILE.sqlite"""

import json
import sys

from passlib.hash import sha256_crypt
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    admin = Column(Integer, default=0)
    username = Column(String(64))
    color = Column(String(64))
    background_color = Column(String(64))
    password = Column(String(128))
    email = Column(String(120))
    tutorial = Column(Integer, default=0)


people, path = sys.argv[1:]
engine = create_engine(f"sqlite:///{path}")
Base.metadata.create_all(engine)
with Session(engine) as session:
    for person in json.load(open(people, encoding="utf-8"))["onyx"]:
        # The original's cost is 535000; the fewest rounds there are keep a test from lasting minutes.
        hasher = sha256_crypt.using(rounds=person.get("rounds", 1000))
        session.add(
            User(
                id=person["id"],
                admin=int(person.get("admin", False)),
                username=person["username"],
                color=person.get("color", "indigo darken-1"),
                background_color=person.get("background_color", "#efefef"),
                password=hasher.hash(person["password"]),
                email=person["email"],
                tutorial=int(person.get("tutorial", False)),
            )
        )
    session.commit()
