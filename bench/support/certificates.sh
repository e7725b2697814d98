# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the scripts of bench/ that measure TLS, after pairs.sh: certificates that all contestants use. A root and
# what it signed for localhost, with keys on P-256, in $scratch/certificates.

certificates=$scratch/certificates
mkdir "$certificates"
# certificate NAME OPTION...: NAME.key and NAME.pem.
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 -keyout "$certificates/$1.key" \
    -out "$certificates/$1.pem" -subj "/CN=$1" "${@:2}" 2>>"$scratch/error"
}
certificate ca -addext 'keyUsage=critical,keyCertSign' &&
  certificate server -CA "$certificates/ca.pem" -CAkey "$certificates/ca.key" -addext 'subjectAltName=DNS:localhost' \
    -addext 'basicConstraints=critical,CA:FALSE' -addext 'keyUsage=critical,digitalSignature' ||
  { echo "left out: TLS (openssl makes no certificates: $(tail -n 1 "$scratch/error"))"; exit 0; }
