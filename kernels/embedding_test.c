/* Rows picked by index: embeddings, gather, scatter_add. */
#include "kernels/isa_test.h"

enum { V = 11, T = 100, C = 403 };

static void
test_forward(void **state)
{
	struct kernels *k = isa_open(state, 2);
	int32_t tokens[T];

	for (size_t t = 0; t < T; t++)
		tokens[t] = (int32_t)(t * 7 % V);
	for (int type = DTYPE_F32; type <= DTYPE_BF16; type++) {
		float *values = isa_random(V * C, 1, 1);
		void *table = isa_typed(values, type, V * C);
		float *out = isa_alloc(T * C * sizeof(*out));

		k->embedding_forward(k, out, tokens, table, type, T, C);
		for (size_t t = 0; t < T; t++)
			assert_memory_equal(out + t * C,
			    values + (size_t)tokens[t] * C, C * sizeof(*out));
		free(values);
		free(table);
		free(out);
	}
	k->close(k);
}

/* In row order, so exactly the plain loop's sums, for any threads. */
static void
test_backward(void **state)
{
	float *dout = isa_random(T * C, 1, 1), *want = isa_random(V * C, 1, 2);
	int32_t tokens[T];

	for (size_t t = 0; t < T; t++) {
		tokens[t] = (int32_t)(t * t % V);
		for (size_t c = 0; c < C; c++)
			want[(size_t)tokens[t] * C + c] += dout[t * C + c];
	}
	for (int n = 1; n <= 3; n++) {
		struct kernels *k = isa_open(state, n);
		float *dtable = isa_random(V * C, 1, 2);

		k->embedding_backward(k, dtable, dout, tokens, T, C);
		assert_memory_equal(dtable, want, V * C * sizeof(*want));
		free(dtable);
		k->close(k);
	}
	free(dout);
	free(want);
}

static void
test_gather_scatter(void **state)
{
	struct kernels *k = isa_open(state, 3);
	enum { R = 130 }; /* more than T: some rows come twice */
	float *in = isa_random(T * C, 1, 1), *out = isa_random(T * C, 1, 2);
	float *before = isa_random(T * C, 1, 2);
	float *rows = isa_alloc(R * C * sizeof(*rows));
	uint32_t index[R];

	for (size_t r = 0; r < R; r++)
		index[r] = (uint32_t)(r * 37 % T);
	k->gather(k, rows, in, index, R, C);
	for (size_t r = 0; r < R; r++)
		assert_memory_equal(rows + r * C, in + index[r] * C,
		    C * sizeof(*rows));
	k->scatter_add(k, out, rows, index, R, C);
	for (size_t r = 0; r < R; r++)
		for (size_t c = 0; c < C; c++)
			before[index[r] * C + c] += rows[r * C + c];
	assert_memory_equal(out, before, T * C * sizeof(*out));
	free(in);
	free(out);
	free(before);
	free(rows);
	k->close(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_TEST(test_forward),
		ISA_TEST(test_backward),
		ISA_TEST(test_gather_scatter),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
