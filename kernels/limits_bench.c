/*
 * What this machine gives: `limits_bench [threads [device]]` prints one line
 * of JSON with the peak of products in fp32 and bf16, and of reading memory:
 * the best of several probes, for what others take of the machine is not its
 * limit.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernels/bench.h"
#include "kernels/kernels.h"

#define PROBES 5
#define BYTES ((size_t)256 << 20) /* more than caches hold */

static double
most(double a, double b)
{
	return a > b ? a : b;
}

int
main(int argc, char **argv)
{
	struct kernels *k = bench_open(argc > 2 ? argv[2] : "cpu",
	    argc > 1 ? atoi(argv[1]) : 0);
	struct kernel_limits now, f32 = {0}, bf16 = {0};

	if (k == NULL)
		return 69;
	for (int i = 0; i < 2 * PROBES; i++) {
		enum dtype type = i % 2 == 0 ? DTYPE_F32 : DTYPE_BF16;
		struct kernel_limits *best = type == DTYPE_F32 ? &f32 : &bf16;

		if (k->probe(k, &now, type, BYTES)) {
			fputs("limits_bench: out of memory\n", stderr);
			return 70;
		}
		best->flops = most(best->flops, now.flops);
		best->bytes = most(best->bytes, now.bytes);
	}
	printf("{\"device\":\"%s\",\"threads\":%d,\"f32_gflops\":%.1f,"
	    "\"bf16_gflops\":%.1f,\"read_gbs\":%.1f}\n", k->name, k->threads,
	    f32.flops / 1e9, bf16.flops / 1e9,
	    most(f32.bytes, bf16.bytes) / 1e9);
	k->close(k);
	return 0;
}
