#!/usr/bin/env bash
# Makes the golden bytes of FOLDER from its .textproto files; README.md tells when. Needs protoc
# and zstd. An existing file is never replaced.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/${1:?usage: make.sh FOLDER, for instance v1}"
for text in *.textproto; do
  case $text in
    receipt*) message=mgc.v1.Receipt proto=mgc/v1/receipt.proto out=${text%.textproto}.receipt ;;
    *) message=mgc.v1.Pack proto=mgc/v1/pack.proto out=${text%.textproto}.pack ;;
  esac
  [[ -e $out ]] && continue
  protoc -I../../proto --encode="$message" "$proto" <"$text" >"$out.part"
  [[ $out == *.pack ]] && zstd -q -1 --rm -f "$out.part" -o "$out" && continue
  mv "$out.part" "$out"
done
