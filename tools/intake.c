/* The buffer's reader. */
#include "tools/intake.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/io/endrecord.h"

static int
append(struct intake *in, const struct trajectory *t, struct error *err)
{
	if (in->count == in->capacity) {
		size_t more = in->capacity ? 2 * in->capacity : 1024;
		struct trajectory *p = realloc(in->list, more * sizeof(*p));

		if (p == NULL)
			return error_set(err, STATUS_TEMPFAIL,
			    "no memory for the buffer");
		in->list = p;
		in->capacity = more;
	}
	in->list[in->count++] = *t;
	return 0;
}

/* The trajectories since in->group are a group. */
static void
end_group(struct intake *in)
{
	int equal = 1;

	for (size_t i = in->group; i < in->count; i++)
		equal &= in->list[i].reward == in->list[in->group].reward;
	for (size_t i = in->group; i < in->count; i++) {
		in->list[i].group = in->count - in->group;
		in->list[i].equal = equal;
	}
	in->group = in->count;
}

/* Consecutive records of one id are a group; one without an id is alone. */
static int
take_id(struct intake *in, const json_t *record, struct error *err)
{
	const json_t *id = json_object_get(record, "id");
	const char *text = json_string_value(id);
	size_t length = json_string_length(id);

	if (text != NULL && in->id != NULL && length == in->id_length &&
	    memcmp(text, in->id, length) == 0)
		return 0;
	end_group(in);
	free(in->id);
	in->id = NULL;
	if (text == NULL)
		return 0;
	in->id = malloc(length + 1);
	if (in->id == NULL)
		return error_set(err, STATUS_TEMPFAIL, "no memory");
	memcpy(in->id, text, length);
	in->id_length = length;
	return 0;
}

static int
read_record(struct intake *in, const json_t *record, struct error *err)
{
	struct trajectory t;

	if (take_id(in, record, err))
		return -1;
	if (trajectory_read(&t, record, in->target, in->prompt, in->config,
	    err))
		return -1;
	if (t.response == 0) {
		in->empty++;
		trajectory_free(&t);
		return 0;
	}
	if (in->sampler && t.logprobs == NULL)
		error_set(err, STATUS_DATA, "logprobs: missing, and the loss "
		    "compares with the sampler's");
	else if (t.prompt + t.response > in->config->max_positions)
		error_set(err, STATUS_DATA, "response_tokens: %zu tokens with "
		    "the prompt, the model has %zu positions", t.prompt +
		    t.response,
		    in->config->max_positions);
	else if (append(in, &t, err) == 0)
		return 0;
	trajectory_free(&t);
	return -1;
}

static int
read_all(struct intake *in, struct error *err)
{
	json_t *record;
	int n;

	if (in->prompt->tokenizer == NULL &&
	    prompt_open(in->prompt, in->model, err))
		return -1;
	while ((n = tool_read(in->tool, &record, err)) == 1) {
		int bad = read_record(in, record, err);

		json_decref(record);
		in->records++;
		if (bad && tool_bad(in->tool, err))
			return -1;
		if (in->copy != NULL && jsonl_write_text(in->copy,
		    jsonl_text(in->tool->reader), err))
			return -1;
	}
	if (n == TOOL_END) {
		in->ended = endrecord_read(record, &in->number);
		json_decref(record);
		n = 0;
	}
	end_group(in);
	if (n == 0 && in->empty > 0)
		tool_warn(in->tool, "%zu trajectories without a response token "
		    "left out", in->empty);
	return n;
}

static void
mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(how, &set, NULL);
}

static void *
run(void *context)
{
	struct intake *in = context;
	double start = clock_seconds();

	mask(SIG_UNBLOCK);
	in->result = read_all(in, &in->error);
	in->seconds = clock_seconds() - start;
	return NULL;
}

int
intake_start(struct intake *in, struct error *err)
{
	mask(SIG_BLOCK);
	if (pthread_create(&in->thread, NULL, run, in) == 0)
		return 0;
	mask(SIG_UNBLOCK);
	return error_set(err, STATUS_TEMPFAIL, "no thread to read with");
}

int
intake_wait(struct intake *in, struct error *err)
{
	pthread_join(in->thread, NULL);
	mask(SIG_UNBLOCK);
	if (in->result != 0)
		*err = in->error;
	return in->result;
}

void
intake_clear(struct intake *in)
{
	for (size_t i = 0; i < in->count; i++)
		trajectory_free(&in->list[i]);
	free(in->id);
	in->id = NULL;
	in->count = in->group = in->records = in->empty = 0;
	in->ended = 0;
}

void
intake_free(struct intake *in)
{
	intake_clear(in);
	free(in->list);
}
