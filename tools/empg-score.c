/* empg-score: judge trajectories; each gets a reward. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/io/encode.h"
#include "lib/io/endrecord.h"
#include "lib/io/tool.h"
#include "tools/census.h"
#include "tools/crew.h"
#include "tools/critique.h"
#include "tools/judge.h"

/* One run; `lock` guards what the reading and the writing thread share. */
struct run {
	struct tool *tool;
	struct judge_settings set;
	double max_unscorable;
	size_t threads, jobs;
	struct judge **judges;
	size_t count;
	struct critique_settings models;
	struct critique *critique; /* NULL without models */
	struct census census;
	int warned;
	pthread_mutex_t lock;
	struct error err; /* what ended it, if a record did */
};

/* crew_work: a line in, a line out. */
static void
work(void *worker, struct crew_job *job)
{
	json_t *record;

	if (job->failed)
		return;
	buffer_clear(&job->out);
	if (job->end) {
		job->failed = buffer_add(&job->out, job->in.data,
		    job->in.length) != 0 && error_set(&job->err,
		    STATUS_TEMPFAIL, "out of memory") != 0;
		return;
	}
	record = jsonl_parse(&job->in, &job->err);
	job->failed = record == NULL || judge_record(worker, record,
	    &job->appraisal, &job->note, &job->err) != 0;
	if (!job->failed && encode_json(&job->out, record) != 0)
		job->failed = error_set(&job->err, STATUS_TEMPFAIL,
		    "out of memory") != 0;
	json_decref(record);
}

/* A loud line, once, when too much can't be scored; at every hundredth record
 * and at the end. */
static void
warn(struct run *r)
{
	char text[1024];

	if (!r->warned && census_warning(&r->census, r->max_unscorable, text,
	    sizeof(text))) {
		r->warned = 1;
		tool_warn(r->tool, "%s", text);
	}
}

/* crew_done: write it, or say what is wrong with it. */
static int
done(void *arg, struct crew_job *job)
{
	struct run *r = arg;
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	if (job->failed) {
		r->err = job->err;
		rc = tool_bad_at(r->tool, job->file, job->line, &r->err);
	} else if (!job->end) {
		census_add(&r->census, &job->note);
		if (r->census.records % 100 == 0)
			warn(r);
	}
	pthread_mutex_unlock(&r->lock);
	if (rc != 0 || job->failed)
		return rc;
	return r->tool->writer == NULL && (r->tool->writer = jsonl_create(
	    r->tool->output, r->tool->zstd, &r->err)) == NULL ? -1
	    : jsonl_write_text(r->tool->writer, &job->out, &r->err);
}

/* Whether --max-records is reached; what is under way may yet be bad. */
static int
enough(struct run *r, struct crew *crew)
{
	struct tool *t = r->tool;
	size_t records;

	if (t->max_records == 0)
		return 0;
	pthread_mutex_lock(&r->lock);
	records = t->records;
	pthread_mutex_unlock(&r->lock);
	if (records < t->max_records)
		return 0;
	return crew_drain(crew) != 0 || t->records >= t->max_records;
}

/* A line that the models have spoken about, into ${job}. */
static int
next_critique(struct run *r, struct crew_job *job, struct error *err)
{
	struct critique_line *l;
	struct buffer old = job->in;
	int n = critique_next(r->critique, &l, r->tool->max_records == 0 ?
	    SIZE_MAX : r->tool->max_records - r->tool->records, err);

	if (n <= 0)
		return n;
	free(job->appraisal.values);
	job->appraisal = l->appraisal;
	l->appraisal.values = NULL;
	job->in = l->text;
	l->text = old;
	job->file = l->file;
	job->line = l->line;
	job->end = l->end;
	job->failed = l->failed;
	job->err = l->err;
	return 1;
}

/* The next line of the input into ${job}: 1, 0 or -1 as jsonl_next. */
static int
next(struct run *r, struct crew_job *job, struct error *err)
{
	struct jsonl_reader *reader = r->tool->reader;
	int n;

	if (r->critique != NULL)
		return next_critique(r, job, err);
	n = jsonl_next(reader, &job->in, err);
	job->file = jsonl_file(reader);
	job->line = jsonl_line(reader);
	job->end = n > 0 && endrecord_line(&job->in);
	job->failed = 0;
	return n;
}

/* Read till the end: 0, or -1 with the reader's error. */
static int
feed(struct run *r, struct crew *crew, struct error *err)
{
	struct tool *t = r->tool;
	struct crew_job *job;
	int n;

	while ((job = crew_slot(crew)) != NULL && !enough(r, crew)) {
		n = next(r, job, err);
		if (n <= 0)
			return n;
		pthread_mutex_lock(&r->lock);
		t->records += !job->end;
		progress_update(t->bar, t->records, NULL);
		pthread_mutex_unlock(&r->lock);
		crew_submit(crew);
	}
	return 0;
}

static int
score(struct run *r, struct error *err)
{
	struct crew *crew = crew_new((void *const *)r->judges, r->count, work,
	    done, r, err);
	struct error why = {0};
	int rc, drained;

	if (crew == NULL)
		return -1;
	rc = feed(r, crew, &why);
	drained = tool_interrupted(err) == 0 ? crew_drain(crew) : -1;
	crew_free(crew);
	if (tool_interrupted(err) != 0)
		return -1;
	/* A record comes before what the reader met behind it. */
	if (drained != 0 || rc != 0) {
		*err = drained != 0 ? r->err : why;
		return -1;
	}
	warn(r);
	return tool_commit(r->tool, err);
}

static int
prepare(struct run *r, struct error *err)
{
	struct critique_settings *m = &r->models;
	size_t i;

	r->set.model = m->reward_model != NULL;
	r->count = r->set.command != NULL ? r->jobs :
	    r->threads > 0 ? r->threads : 1;
	r->judges = calloc(r->count, sizeof(*r->judges));
	if (r->judges == NULL)
		return error_set(err, STATUS_TEMPFAIL, "out of memory");
	for (i = 0; i < r->count; i++)
		if ((r->judges[i] = judge_new(&r->set, err)) == NULL)
			return -1;
	if (m->reward_model == NULL && m->values == NULL)
		return 0;
	m->engine.threads = r->threads;
	r->critique = critique_open(m, r->tool->reader, err);
	return r->critique == NULL ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct tool t = {.name = "empg-score"};
	struct run r = {.tool = &t, .max_unscorable = 0.5, .jobs = 1,
	    .set = {.timeout = 10}, .models = {.micro_tokens = 1024},
	    .lock = PTHREAD_MUTEX_INITIALIZER};
	struct judge_settings *set = &r.set;
	struct critique_settings *m = &r.models;
	struct error err = {0};
	const struct option table[] = {
		{.name = "rule", .letter = 'r', .type = OPTION_LIST,
		    .target = &set->rules, .arg = "RULE[=WEIGHT]",
		    .fallback = "auto", .help = "auto, gsm8k, math, exact, "
		    "choice, command, model, regex:RE or none; several "
		    "add up"},
		{.name = "strict", .type = OPTION_FLAG,
		    .target = &set->options.strict,
		    .help = "gsm8k: only a number behind \"####\" counts"},
		{.name = "tolerance", .type = OPTION_REAL,
		    .target = &set->options.math.tolerance, .max = 1,
		    .arg = "T", .fallback = "0", .help = "math: numbers may "
		    "differ by that share of the true one"},
		{.name = "command", .type = OPTION_STRING,
		    .target = &set->command, .arg = "CMD",
		    .help = "for -r command: answers each record, a line, "
		    "with a line, a number or an object"},
		{.name = "jobs", .type = OPTION_SIZE, .target = &r.jobs,
		    .min = 1, .max = 1024, .arg = "N", .fallback = "1",
		    .help = "run the command N times side by side"},
		{.name = "timeout", .type = OPTION_REAL,
		    .target = &set->timeout, .min = 0.001, .max = 1e6,
		    .arg = "SECONDS", .fallback = "10",
		    .help = "give the command that long for a record"},
		{.name = "reward-model", .type = OPTION_STRING,
		    .target = &m->reward_model, .arg = "DIR",
		    .help = "for -r model: a checkpoint that scores"},
		{.name = "reward-sigmoid", .type = OPTION_FLAG,
		    .target = &set->sigmoid, .help = "its score is a logit: "
		    "reward its probability"},
		{.name = "values", .type = OPTION_STRING,
		    .target = &m->values, .arg = "DIR", .help = "add the "
		    "field values, by this value model"},
		{.name = "reward-dtype", .type = OPTION_CHOICE,
		    .target = &m->engine.dtype, .choices = engine_dtypes,
		    .arg = "TYPE", .fallback = "the checkpoint's",
		    .help = "models compute in f32 or bf16"},
		{.name = "micro-tokens", .type = OPTION_SIZE,
		    .target = &m->micro_tokens, .min = 1, .max = 1e9,
		    .arg = "N", .fallback = "1024", .help = "tokens that a "
		    "model passes at once; bounds the memory"},
		{.name = "device", .type = OPTION_STRING,
		    .target = &m->engine.device, .arg = "DEVICE",
		    .fallback = "cpu", .help = "of the models: cpu, or "
		    "cuda[:N]"},
		{.name = "format-reward", .type = OPTION_REAL,
		    .target = &set->format_reward, .arg = "W", .fallback = "0",
		    .help = "add W for <think>...</think> and an answer"},
		{.name = "length-penalty", .type = OPTION_PAIR,
		    .target = set->overlong, .min = 1, .max = 1e9,
		    .arg = "LIMIT[,SOFT]", .fallback = "off",
		    .help = "take off up to 1 over the SOFT tokens below "
		    "LIMIT, and 1 beyond"},
		{.name = "max-unscorable", .type = OPTION_REAL,
		    .target = &r.max_unscorable, .max = 1, .arg = "SHARE",
		    .fallback = "0.5", .help = "warn when more than that "
		    "share has a status other than ok"},
		{.name = "threads", .type = OPTION_SIZE, .target = &r.threads,
		    .min = 1, .max = 1024, .arg = "J",
		    .fallback = "1, and all for a model", .help = "judge with "
		    "J threads; the output is the same"},
		TOOL_OPTIONS(&t),
		{.name = NULL},
	};
	const struct options_tool tool = {t.name, "[options] [FILE ...]",
	    "Judge trajectories (JSON lines): each gets a reward.", table};
	size_t i;
	int n;

	engine_wait_briefly(argv);
	n = tool_start(&t, &tool, argc, argv, &err);
	if (n == 0)
		n = prepare(&r, &err) == 0 ? score(&r, &err) : -1;
	for (i = 0; r.judges != NULL && i < r.count; i++)
		judge_free(r.judges[i]);
	free(r.judges);
	critique_close(r.critique);
	return tool_finish(&t, &tool, n > 0 ? 0 : n, &err);
}
