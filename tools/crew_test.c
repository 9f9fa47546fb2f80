/* Threads: the order of what comes out, failures, an early end. */
#include "tools/crew.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define WORKERS 4
#define JOBS 1000

struct seen {
	size_t count, wrong, fail_at;
};

/* Some take much longer than others. */
static void
work(void *worker, struct crew_job *job)
{
	volatile size_t i;
	size_t *jobs = worker;

	++*jobs;
	for (i = 0; i < job->line % 7 * 3000; i++)
		;
	buffer_clear(&job->out);
	job->failed = buffer_add(&job->out, job->in.data, job->in.length);
}

static int
done(void *arg, struct crew_job *job)
{
	struct seen *s = arg;
	char text[32];
	int n = snprintf(text, sizeof(text), "job %zu", s->count);

	s->wrong += job->line != s->count || job->out.length != (size_t)n ||
	    memcmp(job->out.data, text, (size_t)n) != 0;
	return ++s->count == s->fail_at ? -1 : 0;
}

/* Submit up to ${count} jobs; how many there was a place for. */
static size_t
submit(struct crew *c, size_t count)
{
	struct crew_job *job;
	char text[32];
	size_t i;
	int n;

	for (i = 0; i < count; i++) {
		if ((job = crew_slot(c)) == NULL)
			return i;
		n = snprintf(text, sizeof(text), "job %zu", i);
		buffer_clear(&job->in);
		assert_int_equal(buffer_add(&job->in, text, (size_t)n), 0);
		job->line = i;
		crew_submit(c);
	}
	return i;
}

static struct crew *
hire(size_t *counts, struct seen *s)
{
	void *workers[WORKERS];
	struct error err;
	struct crew *c;
	size_t i;

	for (i = 0; i < WORKERS; i++)
		workers[i] = &counts[i];
	c = crew_new(workers, WORKERS, work, done, s, &err);
	assert_non_null(c);
	return c;
}

static void
test_order(void **state)
{
	size_t counts[WORKERS] = {0}, sum = 0, i;
	struct seen s = {0};
	struct crew *c = hire(counts, &s);

	(void)state;
	assert_int_equal(submit(c, JOBS), JOBS);
	assert_int_equal(crew_drain(c), 0);
	assert_int_equal(s.count, JOBS);
	assert_int_equal(s.wrong, 0);
	/* Drained, it goes on. */
	s.count = 0;
	assert_int_equal(submit(c, 10), 10);
	assert_int_equal(crew_drain(c), 0);
	assert_int_equal(s.count, 10);
	crew_free(c);
	for (i = 0; i < WORKERS; i++)
		sum += counts[i];
	assert_int_equal(sum, JOBS + 10);
}

/* Where `done` fails nothing more comes out, and nobody waits for ever. */
static void
test_failure(void **state)
{
	size_t counts[WORKERS] = {0};
	struct seen s = {.fail_at = 100};
	struct crew *c = hire(counts, &s);

	(void)state;
	assert_true(submit(c, JOBS) < JOBS);
	assert_int_equal(crew_drain(c), -1);
	assert_null(crew_slot(c));
	crew_free(c);
	assert_int_equal(s.count, 100);
	assert_int_equal(s.wrong, 0);
}

/* Ended before anything was awaited; what was done came in order. */
static void
test_early_end(void **state)
{
	size_t counts[WORKERS] = {0};
	struct seen s = {0};
	struct crew *c = hire(counts, &s);

	(void)state;
	submit(c, 50);
	crew_free(c);
	assert_true(s.count <= 50);
	assert_int_equal(s.wrong, 0);
	crew_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_early_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
