"""A user backend as it is usually built with fastapi-users."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordRequestForm
from fastapi_users import FastAPIUsers, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.exceptions import UserNotExists
from pydantic import BaseModel

from users import User, UserManager, fill, user_manager

SECRET = secrets.token_hex(32)


class Credentials(BaseModel):
    email: str
    password: str


class Token(BaseModel):
    token: str


class UserRead(schemas.BaseUser[int]):
    name: str


def strategy() -> JWTStrategy[User, int]:
    return JWTStrategy(secret=SECRET, lifetime_seconds=3600)


backend = AuthenticationBackend(name="jwt", transport=BearerTransport(tokenUrl="login"), get_strategy=strategy)
signed_in = FastAPIUsers[User, int](user_manager, [backend]).current_user(active=True)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await fill()
    print(f"ready {socket.getsockname()[1]}", flush=True)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/login")
async def login(
    credentials: Credentials,
    manager: Annotated[UserManager, Depends(user_manager)],
    tokens: Annotated[JWTStrategy[User, int], Depends(strategy)],
) -> Token:
    # The library's own route takes a form; what it does with it is this.
    form = OAuth2PasswordRequestForm(username=credentials.email, password=credentials.password)
    user = await manager.authenticate(form)
    if user is None or not user.is_active:
        raise HTTPException(401, "wrong email or password")
    return Token(token=await tokens.write_token(user))


@app.get("/users/{id}", dependencies=[Depends(signed_in)], response_model=UserRead)
async def show(id: int, manager: Annotated[UserManager, Depends(user_manager)]) -> User:
    try:
        return await manager.get(id)
    except UserNotExists:
        raise HTTPException(404, "no such user") from None


config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning")
socket = config.bind_socket()
uvicorn.Server(config).run(sockets=[socket])
