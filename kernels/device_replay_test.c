/*
 * What the CUDA backend does of passes that come again, on memory that changes,
 * downloads that others overtake, and uploads that are many.
 */
#include "kernels/device_test.h"

#define N 5

static void
test_replay(void **state)
{
	static const uint32_t from[] = {3, UINT32_MAX, 0, 0, 4};
	struct kernels *k = *state;
	int32_t *tokens = device_unset(k, N * 4), got[N];
	int32_t *drawn = device_unset(k, N * 4);
	uint32_t *index = device_put(k, from, sizeof(from));
	size_t replayed = 0;

	for (int32_t i = 0; i < 12; i++) {
		const int32_t in[N] = {i, i + 1, i + 2, i + 3, i + 4};
		const int32_t want[N] = {i + 3, -1, i, i, i + 4};
		int32_t unset[N] = {-1, -1, -1, -1, -1};

		k->upload(k, drawn, in, sizeof(in));
		k->upload(k, tokens, unset, sizeof(unset));
		/* Another key between them is another pass. */
		if (k->replay_begin(k, i == 1 ? 7 : 3)) {
			replayed++;
		} else {
			k->pick_tokens(k, tokens, drawn, index, N);
			k->replay_end(k);
		}
		k->download(k, got, tokens, sizeof(got));
		assert_memory_equal(got, want, sizeof(got));
		if (i == 8) { /* forgets */
			void *p = k->alloc(k, 1);

			k->free(k, p);
		}
	}
	assert_int_equal(replayed, 4);
	k->free(k, tokens);
	k->free(k, drawn);
	k->free(k, index);
}

static void
test_downloads(void **state)
{
	struct kernels *k = *state;
	int32_t host[3], *p = device_unset(k, 4);

	for (int32_t i = 0; i < 3; i++) {
		k->upload(k, p, &i, sizeof(i));
		if (i == 2) {
			k->download_end(k);
			assert_int_equal(host[0], 0);
		}
		k->download_begin(k, &host[i], p, sizeof(i));
	}
	k->download_end(k);
	assert_int_equal(host[1], 1);
	k->download_end(k);
	assert_int_equal(host[2], 2);
	k->free(k, p);
}

/*
 * Small ones go through more buffers than there are, large ones between them;
 * the host's memory changes as soon as it is given.
 */
static void
test_uploads(void **state)
{
	enum { MANY = 60, SMALL = 120, LARGE = 5000 };
	struct kernels *k = *state;
	int32_t *p = device_unset(k, (MANY * SMALL + LARGE) * 4);
	int32_t *host = calloc(MANY * SMALL + LARGE, 4);

	assert_non_null(host);
	for (int32_t i = 0; i < MANY; i++) {
		for (int32_t j = 0; j < SMALL; j++)
			host[j] = i * SMALL + j;
		k->upload(k, p + i * SMALL, host, SMALL * 4);
		if (i != 20)
			continue;
		for (int32_t j = 0; j < LARGE; j++)
			host[j] = i - j;
		k->upload(k, p + MANY * SMALL, host, LARGE * 4);
	}
	k->download(k, host, p, (MANY * SMALL + LARGE) * 4);
	for (int32_t i = 0; i < MANY * SMALL; i++)
		assert_int_equal(host[i], i);
	for (int32_t j = 0; j < LARGE; j++)
		assert_int_equal(host[MANY * SMALL + j], 20 - j);
	free(host);
	k->free(k, p);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_replay, k),
		cmocka_unit_test_prestate(test_downloads, k),
		cmocka_unit_test_prestate(test_uploads, k),
	};

	DEVICE_MAIN(k, tests);
}
