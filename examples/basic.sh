#!/bin/sh
# Every request of the basic document, against `dragoman serve --demo`.
# Another server: URL=http://… ADMIN=… ADMIN_PASSWORD=… examples/basic.sh
set -eu
URL=${URL:-http://127.0.0.1:8080}
# What the document calls {access-token}: base64 of username:password.
TOKEN=$(printf '%s' "${ADMIN:-admin}:${ADMIN_PASSWORD:-demo-admin-password}" | base64)
OWN_TOKEN=$(printf 'string:stringst' | base64)

say() { printf '\n\n# %s\n' "$1"; }

say 'Create a user'
curl -sS -X PUT "$URL/api/v1/users/string" \
    -H 'Content-Type: application/json' -H 'Accept: application/json' -H "Authorization: Basic $TOKEN" \
    -d '{"value":{"password":"stringst"}}'

say 'Get all users'
curl -sS -X GET "$URL/api/v1/users" -H 'Accept: application/json' -H "Authorization: Basic $TOKEN"

say 'Get a user'
curl -sS -X GET "$URL/api/v1/users/string" -H 'Accept: application/json' -H "Authorization: Basic $TOKEN"

say 'Update the own password'
curl -sS -X PATCH "$URL/api/v1/users/string" \
    -H 'Content-Type: application/json' -H 'Accept: application/json' -H "Authorization: Basic $OWN_TOKEN" \
    -d '{"value":{"current_password":"stringst","password":"stringst2"}}'

say 'Delete a user: 204, and no body'
curl -sS -X DELETE "$URL/api/v1/users/string" -H "Authorization: Basic $TOKEN" -w '%{http_code}\n'
