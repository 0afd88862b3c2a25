#!/usr/bin/env bash
# Makes what no repository may hold: passwords, a certificate authority of one's own and the servers' certificates.
# As root, once: compose mounts each file as it is, so it has to belong to the user of the container that reads it.
# Needs openssl, and perl over a libcrypt with bcrypt (every Linux distribution since 2020).
set -euo pipefail
umask 077
OPENSEARCH=1000 POSTGRES=999 RADIOTHEQUE=10001

[ "$(id -u)" = 0 ] || { echo "run this as root: the files belong to the users of the containers" >&2; exit 2; }
target=${1:-$(cd "$(dirname "$0")" && pwd)/secrets}
[ ! -e "$target" ] || { echo "$target exists already, and the servers may use it; nothing was changed" >&2; exit 2; }
building=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$building"' EXIT

password() { openssl rand -hex 32 | tr -d '\n'; }

user() { # NAME: an entry of internal_users.yml, over the password in NAME_password
  local salt hash
  salt=$(openssl rand -base64 24 | tr '+' '.' | cut -c 1-22)
  hash=$(perl -e 'print crypt(<STDIN>, q($2y$12$) . shift)' "$salt" <"$1_password")
  [[ $hash == '$2y$12$'* ]] || { echo "perl cannot make a bcrypt hash on this system" >&2; exit 2; }
  printf '%s:\n  hash: "%s"\n  reserved: false\n' "$1" "$hash"
}

certificate() { # NAME: of a server; also good for localhost, where the health check asks
  openssl req -newkey rsa:3072 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 -out "$1.pem" \
    -extfile <(echo "subjectAltName=DNS:$1,DNS:localhost") 2>/dev/null
}

(
  cd "$building"
  for name in radiotheque operator catalog postgres; do password >"${name}_password"; done
  printf 'postgres:5432:radiotheque:radiotheque:%s\n' "$(cat catalog_password)" >pgpass
  printf -- '---\n_meta:\n  type: internalusers\n  config_version: 2\n' >internal_users.yml
  user radiotheque >>internal_users.yml
  user operator >>internal_users.yml

  openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=Radiotheque CA" -keyout ca.key -out ca.pem 2>/dev/null
  certificate opensearch
  certificate postgres

  rm ./*.csr ./*.srl
  mv radiotheque_password opensearch_password
  chmod 0400 ./*
  chmod 0444 ca.pem
  chown "$OPENSEARCH" opensearch.pem opensearch.key internal_users.yml
  chown "$POSTGRES" postgres.pem postgres.key postgres_password catalog_password
  chown "$RADIOTHEQUE" opensearch_password pgpass
  chmod 0711 . # others may pass through, not list
)
mv "$building" "$target"
echo "Made $target. Keep ca.key and operator_password elsewhere: nothing needs them to run."
