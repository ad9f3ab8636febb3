#!/bin/sh
# Every request of the jwt document, against `dragoman serve --demo`.
# Another server: URL=http://… ADMIN_EMAIL=… ADMIN_PASSWORD=… examples/jwt.sh
set -eu
URL=${URL:-http://127.0.0.1:8080}

say() { printf '\n\n# %s\n' "$1"; }

say 'Login'
TOKEN=$(curl -sS "$URL/v1/users/token" -H 'Accept: application/json' \
    -u "${ADMIN_EMAIL:-admin@example.com}:${ADMIN_PASSWORD:-demo-admin-password}" | sed 's/.*"token":"\([^"]*\)".*/\1/')
echo "$TOKEN"

say 'Create a user'
CREATED=$(curl -sS -X POST "$URL/v1/users" -H 'Accept: application/json' \
    -d '{"name": "Bob Smith", "email": "bob@example.com", "password": "bob123", "passwordConfirm": "bob123"}')
echo "$CREATED"
ID=$(echo "$CREATED" | sed 's/^{"id":"\([^"]*\)".*/\1/')

say 'Get all users'
curl -sS "$URL/v1/users" -H 'Accept: application/json' -H "Authorization: Bearer $TOKEN"

say 'Get a user'
curl -sS "$URL/v1/users/$ID" -H 'Accept: application/json' -H "Authorization: Bearer $TOKEN"

say "Get a user's crypto addresses: the document's sample user, which the demo knows"
curl -sS "$URL/v1/users/45b5fbd3-755f-4379-8f07-a58d4a30fa2f/addresses" \
    -H 'Accept: application/json' -H "Authorization: Bearer $TOKEN"

say 'Delete a user: 204, and no body'
curl -sS -X DELETE "$URL/v1/users/$ID" -H 'Accept: application/json' -H "Authorization: Bearer $TOKEN" -w '%{http_code}\n'
