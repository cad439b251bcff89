// Prints the FNV-1a 64 hash of standard input.
const prime = 0x100000001b3n;
let hash = 0xcbf29ce484222325n;
for await (const chunk of process.stdin) {
  for (const byte of chunk) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
}
console.log(hash.toString(16).padStart(16, "0"));
