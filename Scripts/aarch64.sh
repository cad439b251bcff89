#!/usr/bin/env bash
# Compiles the kernels for 64-bit ARM, runs each under QEMU, and compares the bits of all numbers with those of every variant of
# this CPU that has fused multiply-adds, as ARM has. Needs what `Scripts/deps.sh aarch64` installs: Debian's C library for ARM,
# and QEMU; `make aarch64` does both.
set -euo pipefail
cd "$(dirname "$0")/.."

out=.build/aarch64
mkdir -p "$out"
clang=$(dirname "$(command -v swiftc)")/clang
[ -x "$clang" ] || clang=clang
flags=(-O3 -Wall -Werror -ISources/CKernels/include Tests/KernelBits/bits.c)

# As static programs: QEMU then needs no other library.
"$clang" --target=aarch64-linux-gnu -fuse-ld=lld -static -isystem /usr/aarch64-linux-gnu/include "${flags[@]}" \
  Sources/CKernels/{portable,choice}.c -lm -o "$out/arm"
"$clang" "${flags[@]}" Sources/CKernels/*.c -lm -o "$out/native"
qemu-aarch64 "$out/arm" >"$out/arm.txt" 2>/dev/null

compared=()
for variant in avx512bf16 avx512 avx2; do
  # Where the CPU lacks it, another one runs and says its name.
  name=$(GRADUS_KERNELS=$variant "$out/native" 2>&1 >"$out/$variant.txt")
  [ "$name" = "$variant" ] || continue
  diff --label "$variant" --label AArch64 "$out/$variant.txt" "$out/arm.txt" || {
    echo "aarch64.sh: these kernels give other bits on ARM than with $variant" >&2
    exit 1
  }
  compared+=("$variant")
done
[ ${#compared[@]} -gt 0 ] || { echo "aarch64.sh: this CPU has no variant with fused multiply-adds to compare with" >&2 && exit 1; }
echo "aarch64: $(wc -l <"$out/arm.txt") results of kernels have the same bits as with ${compared[*]}"
