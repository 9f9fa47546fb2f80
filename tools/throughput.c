/* The statistics of a sampling run. */
#include "tools/throughput.h"

#include "tools/metrics.h"
#include "tools/roofline.h"

static void
print_counts(FILE *out, const struct model *m,
    const struct sampler_stats *s, size_t slots)
{
	const struct cost_work *p = &s->prefill.work, *d = &s->decode.work;
	size_t rows = p->rows + d->rows, passes = p->passes + d->passes;

	fprintf(out, "{\"device\":\"%s\",\"threads\":%d,\"dtype\":\"%s\","
	    "\"prompt_tokens\":%zu,\"response_tokens\":%zu,"
	    "\"recomputed_tokens\":%zu,\"preemptions\":%zu,"
	    "\"passes\":%zu,\"prefill_passes\":%zu,\"occupancy\":%.3f,"
	    "\"kv_bytes\":%zu,\"kv_used_bytes\":%zu,", m->kernels->name,
	    m->kernels->threads, m->type == DTYPE_F32 ? "f32" : "bf16",
	    s->prompt_tokens, s->response_tokens,
	    rows - s->prompt_tokens - s->decode_tokens, s->preemptions,
	    passes, p->passes, roofline_rate((double)s->occupied,
	    (double)(passes * slots)), s->kv_bytes, s->kv_most);
}

static void
print_speeds(FILE *out, const struct sampler_stats *s, double seconds)
{
	fprintf(out, "\"seconds\":%.3f,\"prefill_seconds\":%.3f,"
	    "\"decode_seconds\":%.3f,\"tokens_per_second\":%.1f,"
	    "\"prefill_tokens_per_second\":%.1f,"
	    "\"decode_tokens_per_second\":%.1f,", seconds,
	    s->prefill.seconds, s->decode.seconds,
	    roofline_rate((double)s->response_tokens, seconds),
	    roofline_rate((double)s->prefill.work.rows, s->prefill.seconds),
	    roofline_rate((double)s->decode.work.logits, s->decode.seconds));
}

int
throughput_print(FILE *out, struct model *m,
    const struct sampler_stats *stats, size_t slots, double seconds,
    struct error *err)
{
	struct cost p = cost_forward(m, &stats->prefill.work);
	struct cost d = cost_forward(m, &stats->decode.work);
	struct cost all = {p.flops + d.flops, p.bytes + d.bytes};
	size_t peak = metrics_peak_bytes(); /* before the probe's memory */
	struct kernel_limits limits;
	struct roofline whole, decode;

	if (m->kernels->probe(m->kernels, &limits, m->type,
	    (size_t)cost_weights(m) + stats->kv_most))
		return error_set(err, STATUS_TEMPFAIL,
		    "no memory to measure this machine");
	whole = roofline_of(&all, &limits, seconds);
	decode = roofline_of(&d, &limits, stats->decode.seconds);
	print_counts(out, m, stats, slots);
	print_speeds(out, stats, seconds);
	fprintf(out, "\"gflop\":%.2f,\"gbytes\":%.2f,"
	    "\"gflops\":%.1f,\"peak_gflops\":%.1f,"
	    "\"gbytes_per_second\":%.1f,\"peak_gbytes_per_second\":%.1f,"
	    "\"roofline\":%.3f,\"bound\":\"%s\","
	    "\"decode_roofline\":%.3f,\"decode_bound\":\"%s\","
	    "\"peak_bytes\":%zu}\n",
	    all.flops / 1e9, all.bytes / 1e9,
	    roofline_rate(all.flops / 1e9, seconds),
	    limits.flops / 1e9, roofline_rate(all.bytes / 1e9, seconds),
	    limits.bytes / 1e9, whole.share, whole.bound, decode.share,
	    decode.bound, peak);
	return 0;
}
