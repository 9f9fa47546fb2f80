/* empg-update --plan: memory that an update takes, before there is any. */
#include "tools/forecast.h"

#include "lib/model/budget.h"

static void
line(FILE *out, const char *name, double bytes)
{
	fprintf(out, "%-12s %9.3f\n", name, bytes / (1 << 30));
}

int
forecast_print(FILE *out, const struct update_options *o,
    const struct engine *e, size_t device, struct error *err)
{
	struct budget b;
	struct config c;
	enum dtype type;
	double total;

	if (config_read(&c, o->model, err))
		return -1;
	type = engine_type(e, &c);
	if (budget_train(&b, &c, type, o->recompute ? WORKSPACE_RECOMPUTE :
	    WORKSPACE_TRAIN, update_offload(o), o->learner.micro_tokens, err))
		return -1;
	total = (double)budget_total(&b);
	fprintf(out, "%zu parameters, %s, micro-batches of %zu tokens%s; "
	    "GiB:\n", b.parameters, type == DTYPE_BF16 ? "bf16" : "f32",
	    o->learner.micro_tokens, o->recompute ? ", recomputed" : "");
	line(out, "weights", (double)b.weights);
	line(out, "masters", (double)b.masters);
	line(out, "gradient", (double)b.gradient);
	line(out, "moments", (double)b.moments);
	line(out, "cache", (double)b.cache);
	line(out, "activations", (double)b.activations);
	line(out, "total", total);
	line(out, "device", (double)device);
	line(out, total <= (double)device ? "left" : "lacking",
	    total <= (double)device ? (double)device - total :
	    total - (double)device);
	if (b.host > 0)
		line(out, "host", (double)b.host);
	return 0;
}
