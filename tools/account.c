/* The cost of an update, as one line of JSON. */
#include "tools/account.h"

#include <jansson.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/io/encode.h"
#include "lib/io/field.h"
#include "tools/metrics.h"
#include "tools/roofline.h"

static int
fill_seconds(json_t *j, const struct account *a, struct error *err)
{
	const struct trainer_work *w = &a->trainer->done;

	return field_set_real(j, "load", a->load, err) ||
	    field_set_real(j, "read", a->read, err) ||
	    field_set_real(j, "prepare", a->prepare, err) ||
	    field_set_real(j, "forward", w->forward, err) ||
	    field_set_real(j, "backward", w->backward, err) ||
	    field_set_real(j, "optimiser", w->optimiser, err) ||
	    field_set_real(j, "write", a->write, err) ? -1 : 0;
}

/* How near to what this machine, measured now, gives. */
static int
fill_roofline(json_t *j, const struct cost *cost, const struct account *a,
    struct error *err)
{
	const struct trainer_work *w = &a->trainer->done;
	struct kernels *k = a->trainer->model->kernels;
	struct kernel_limits limits;
	struct roofline r;

	if (k->probe(k, &limits, a->trainer->model->type, a->trainer->bytes))
		return error_set(err, STATUS_TEMPFAIL,
		    "no memory to measure this machine");
	r = roofline_of(cost, &limits, w->forward + w->backward +
	    w->optimiser);
	return field_set_real(j, "peak_gflops", limits.flops / 1e9, err) ||
	    field_set_real(j, "peak_gbytes_per_second", limits.bytes / 1e9,
	    err) ||
	    field_set_real(j, "roofline", r.share, err) ||
	    field_set_string(j, "bound", r.bound, strlen(r.bound), err) ? -1 :
	    0;
}

static int
fill(json_t *j, json_t *seconds, const struct account *a, struct error *err)
{
	const struct kernels *k = a->trainer->model->kernels;
	const struct trainer_work *done = &a->trainer->done;
	size_t peak = metrics_peak_bytes(); /* before the probe's memory */
	struct cost cost = cost_update(a->trainer->model, &done->work,
	    done->steps);

	return field_set_string(j, "device", k->name, strlen(k->name), err) ||
	    field_set_u64(j, "threads", (uint64_t)k->threads, err) ||
	    field_set_u64(j, "tokens", a->tokens, err) ||
	    field_set_u64(j, "computed_tokens", done->work.rows, err) ||
	    field_set_real(j, "tokens_per_second",
	    roofline_rate((double)a->tokens, a->steps), err) ||
	    field_set_real(j, "flops", cost.flops, err) ||
	    field_set_real(j, "gflops",
	    roofline_rate(cost.flops / 1e9, a->steps), err) ||
	    fill_roofline(j, &cost, a, err) ||
	    fill_seconds(seconds, a, err) ||
	    json_object_set(j, "seconds", seconds) ||
	    field_set_u64(j, "peak_bytes", peak, err) ||
	    field_set_u64(j, "arena_bytes", a->trainer->bytes, err) ? -1 : 0;
}

int
account_print(const struct account *a, FILE *out, struct error *err)
{
	json_t *j = json_object(), *seconds = json_object();
	struct buffer line = {0};
	int r = -1;

	error_set(err, STATUS_TEMPFAIL, "no memory");
	if (j != NULL && seconds != NULL && fill(j, seconds, a, err) == 0 &&
	    encode_json(&line, j) == 0)
		r = fprintf(out, "%s\n", line.data) < 0 ? -1 : 0;
	json_decref(j);
	json_decref(seconds);
	buffer_free(&line);
	return r;
}
