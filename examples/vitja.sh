#!/bin/sh
# Every request of the vitja document, against `dragoman serve --demo`.
# Another server: URL=http://… ADMIN=… ADMIN_PASSWORD=… examples/vitja.sh
set -eu
URL=${URL:-http://127.0.0.1:8082}

say() { printf '\n\n# %s\n' "$1"; }

say 'Log in: not in the document, and nothing works without it'
TOKEN=$(curl -sS "$URL/api/v1/login" \
    -d "username=${ADMIN:-admin}" -d "password=${ADMIN_PASSWORD:-demo-admin-password}" | sed 's/.*"token":"\([^"]*\)".*/\1/')
echo "$TOKEN"

say 'All users'
curl -sS "$URL/api/v1/users" -H "Authorization: Bearer $TOKEN"

say 'Users whose name holds a term'
curl -sS "$URL/api/v1/users?s=adm" -H "Authorization: Bearer $TOKEN"

say 'Create a user, as JSON in the form value user'
CREATED=$(curl -sS -H "Authorization: Bearer $TOKEN" -X PUT \
    -d user='{"name": "Noom", "username": "user24", "password": "1234"}' "$URL/api/v1/users")
echo "$CREATED"
ID=$(echo "$CREATED" | sed 's/^{"id":\([0-9]*\).*/\1/')

say 'One user'
curl -sS "$URL/api/v1/users/$ID" -H "Authorization: Bearer $TOKEN"

say 'Update a user'
curl -sS -H "Authorization: Bearer $TOKEN" -X POST -d user='{"name": "Lorem Impsum"}' "$URL/api/v1/users/$ID"

say 'Update a password'
curl -sS -H "Authorization: Bearer $TOKEN" -X POST -d password='12345' "$URL/api/v1/users/$ID/password"

say 'Delete a user'
curl -sS -H "Authorization: Bearer $TOKEN" -X DELETE "$URL/api/v1/users/$ID"
echo
