/*
 * Records made, then read and written again: 2,000 of about 20 kB, with a
 * text, tokens and logprobs as a trajectory has them.  Prints lines of JSON;
 * the time is the processor's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/field.h"
#include "lib/io/jsonl.h"

#define RECORDS 2000
#define TOKENS 1000

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
make(const char *path, struct error *err)
{
	struct jsonl_writer *w = jsonl_create(path, 0, err);
	static int32_t tokens[TOKENS];
	static float logprobs[TOKENS];
	static char text[4000];
	uint32_t seed = 1;
	int result = w == NULL ? -1 : 0;

	memset(text, 'a', sizeof(text));
	for (int i = 0; i < RECORDS && result == 0; i++) {
		json_t *record = json_object();

		for (int j = 0; j < TOKENS; j++) {
			seed = seed * 1664525 + 1013904223;
			tokens[j] = (int32_t)(seed >> 15);
			logprobs[j] = -5.0f * (float)(seed >> 8) / 16777216;
		}
		result = field_set_string(record, "response", text,
		    sizeof(text), err) || field_set_ints(record,
		    "response_tokens", tokens, TOKENS, err) ||
		    field_set_floats(record, "logprobs", logprobs, TOKENS,
		    err) || jsonl_write(w, record, err);
		json_decref(record);
	}
	if (result == 0)
		result = jsonl_commit(w, err);
	jsonl_abandon(w);
	return result;
}

static int
copy(char *from, const char *to, struct error *err)
{
	struct jsonl_reader *r = jsonl_open(&from, 1, err);
	struct jsonl_writer *w = jsonl_create(to, 0, err);
	json_t *record;
	int n = -1;

	while (r != NULL && w != NULL &&
	    (n = jsonl_read(r, &record, err)) == 1) {
		n = jsonl_write(w, record, err);
		json_decref(record);
		if (n != 0)
			break;
	}
	if (n == 0)
		n = jsonl_commit(w, err);
	jsonl_close(r);
	jsonl_abandon(w);
	return n;
}

static void
print(const char *op, double bytes, double seconds)
{
	printf("{\"bench\":\"jsonl\",\"op\":\"%s\",\"shape\":\"%d x %.1f "
	    "kB\",\"us\":%.1f,\"gbs\":%.3f}\n", op, RECORDS,
	    bytes / RECORDS / 1e3, seconds * 1e6, bytes / seconds / 1e9);
}

int
main(void)
{
	char path[] = "/tmp/jsonl_bench.XXXXXX";
	struct error err = {0};
	double t[3];
	FILE *f;
	int fd = mkstemp(path), result;

	t[0] = now();
	result = fd < 0 ? -1 : make(path, &err);
	t[1] = now();
	if (result == 0)
		result = copy(path, "/dev/null", &err);
	t[2] = now();
	f = fopen(path, "r");
	if (result != 0 || f == NULL || fseek(f, 0, SEEK_END) != 0) {
		fprintf(stderr, "jsonl_bench: %s\n", err.text);
		return 1;
	}
	print("make", (double)ftell(f), t[1] - t[0]);
	print("copy", (double)ftell(f), t[2] - t[1]);
	fclose(f);
	close(fd);
	unlink(path);
	return 0;
}
