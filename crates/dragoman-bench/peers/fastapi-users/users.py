"""The users in SQLite, as fastapi-users stores them; user n has the id n."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from fastapi_users import BaseUserManager, IntegerIDMixin
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTable, SQLAlchemyUserDatabase
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from settings import settings

CHUNK = 10_000

engine = create_async_engine(f"sqlite+aiosqlite:///{settings.database}")
sessions = async_sessionmaker(engine, expire_on_commit=False)
passwords = PasswordHelper(PasswordHash((BcryptHasher(rounds=settings.cost),)))


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTable[int], Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class UserManager(IntegerIDMixin, BaseUserManager[User, int]):
    pass


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


async def user_manager(opened: Annotated[AsyncSession, Depends(session)]) -> AsyncIterator[UserManager]:
    yield UserManager(SQLAlchemyUserDatabase(opened, User), passwords)


async def fill() -> None:
    # One hash for all: to make a hundred thousand would take hours.
    password_hash = passwords.hash("secret12")
    async with engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        await connection.run_sync(Base.metadata.create_all)
        for start in range(1, settings.users + 1, CHUNK):
            numbers = range(start, min(start + CHUNK, settings.users + 1))
            await connection.execute(insert(User), [row(n, password_hash) for n in numbers])


def row(n: int, password_hash: str) -> dict[str, object]:
    return {"id": n, "email": f"user{n}@example.com", "name": f"User {n}", "hashed_password": password_hash}
