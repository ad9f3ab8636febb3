#!/bin/sh
# Every request of the onyx document, against `dragoman serve --demo`.
# Another server: URL=http://… ADMIN_EMAIL=… ADMIN_PASSWORD=… examples/onyx.sh
set -eu
URL=${URL:-http://127.0.0.1:8080}
ADMIN_EMAIL=${ADMIN_EMAIL:-admin@example.com}
ADMIN_PASSWORD=${ADMIN_PASSWORD:-demo-admin-password}

# The text of a key in a JSON answer.
value() { sed "s/.*\"$1\": \"\([^\"]*\)\".*/\1/"; }
say() { printf '\n\n# %s\n' "$1"; }

say 'Register a user'
curl -sS "$URL/api/user/register" -d username=User -d email=mail@user.com -d password=secret -d verifpassword=secret

say 'Log in'
LOGIN=$(curl -sS "$URL/api/user/login" -d email=mail@user.com -d password=secret)
ACCESS=$(echo "$LOGIN" | value access_token)
REFRESH=$(echo "$LOGIN" | value refresh_token)
echo "$LOGIN"

say 'Get all users: the document calls the header Authentication'
USERS=$(curl -sS "$URL/api/users" -H "Authentication: $ACCESS")
echo "$USERS"
# The new user is the last of the list.
ID=$(echo "$USERS" | sed 's/.*"id": \([0-9]*\).*/\1/')

say 'Get an access token for the refresh token'
curl -sS "$URL/api/get_access_token" -H "Authorization: $REFRESH"

say 'Change the own account'
curl -sS "$URL/api/user/change" -H "Authorization: $ACCESS" \
    -d username=User -d email=mail@user.com -d password=secret2 -d lastpassword=secret

say 'Log in as the administrator'
ADMIN=$(curl -sS "$URL/api/user/login" -d "email=$ADMIN_EMAIL" -d "password=$ADMIN_PASSWORD" | value access_token)
echo 'done'

say 'Manage a user'
curl -sS "$URL/api/user/manage/$ID" -H "Authorization: $ADMIN" -d username=Renamed

say 'Log out: the access token, then the refresh token'
curl -sS "$URL/api/user/logout_access" -H "Authorization: $ACCESS"
echo
curl -sS "$URL/api/user/logout_refresh" -H "Authorization: $REFRESH"

say 'Delete the user'
curl -sS -X POST "$URL/api/user/delete/$ID" -H "Authorization: $ADMIN"
echo
