# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the scripts of bench/ that measure TLS, after pairs.sh: certificates that all contestants use. A root and
# what it signed for localhost, with keys on P-256, in $scratch/certificates. make_certificates makes others.

# make_certificates DIRECTORY KEY_OPTION...: ca.pem, server.pem and their keys.
make_certificates() {
  local directory=$1 keys=("${@:2}")
  certificate() {
    openssl req -x509 "${keys[@]}" -nodes -days 7 -keyout "$directory/$1.key" -out "$directory/$1.pem" \
      -subj "/CN=$1" "${@:2}" 2>>"$scratch/error"
  }
  mkdir "$directory" && certificate ca -addext 'keyUsage=critical,keyCertSign' &&
    certificate server -CA "$directory/ca.pem" -CAkey "$directory/ca.key" -addext 'subjectAltName=DNS:localhost' \
      -addext 'basicConstraints=critical,CA:FALSE' -addext 'keyUsage=critical,digitalSignature' ||
    { echo "left out: TLS (openssl makes no certificates: $(tail -n 1 "$scratch/error"))"; exit 0; }
}
certificates=$scratch/certificates
make_certificates "$certificates" -newkey ec -pkeyopt ec_paramgen_curve:P-256
