/* The parameters' gradients, on the device or passing through it. */
#include "lib/model/gradient.h"

#include <assert.h>
#include <string.h>

/* Neighbours among the matrices. */
struct part {
	size_t from, n;
};

static int
tied(const struct parameters *p)
{
	return p->head == p->embedding;
}

static struct part
part_of(size_t from, size_t end)
{
	return (struct part){from, end - from};
}

static struct part
part_of_layer(const struct gradient *g, size_t i)
{
	const struct parameters *p = g->parameters;
	size_t end = i + 1 < g->layers ? p->layers[i + 1].qkv :
	    tied(p) ? p->matrices : p->head;

	return part_of(p->layers[i].qkv, end);
}

/* What the windows have, one after another: 0 … layers + 1. */
static struct part
part_at(const struct gradient *g, size_t turn)
{
	const struct parameters *p = g->parameters;

	if (turn == 0 && !tied(p))
		return part_of(p->head, p->matrices);
	if (turn == 0 || turn == g->layers + 1)
		return part_of(p->embedding, p->layers[0].qkv);
	return part_of_layer(g, g->layers - turn);
}

void
gradient_begin(struct gradient *g, struct kernels *k,
    const struct parameters *parameters, size_t layers, int windowed)
{
	*g = (struct gradient){.kernels = k, .parameters = parameters,
	    .layers = layers, .windowed = windowed};
}

void
gradient_carve(struct gradient *g, struct arena *a)
{
	const struct parameters *p = g->parameters;
	size_t most = 0;

	if (!g->windowed)
		return;
	for (size_t i = 0; i <= g->layers + 1; i++) {
		struct part part = part_at(g, i);

		most = part.n > most ? part.n : most;
	}
	for (size_t i = 0; i < GRADIENT_WINDOWS; i++)
		g->window[i] = arena_take(a, most * sizeof(float));
	g->vectors = arena_take(a, (p->total - p->matrices) * sizeof(float));
}

void
gradient_clear(struct gradient *g, int clean)
{
	const struct parameters *p = g->parameters;
	struct kernels *k = g->kernels;

	g->fresh = 1;
	if (g->windowed)
		k->zero(k, g->vectors, (p->total - p->matrices) *
		    sizeof(float));
	else if (!clean)
		k->zero(k, g->arena, p->total * sizeof(float));
}

/* The embedding that is the head too was added to in this pass. */
static void
fetch(struct gradient *g, size_t turn)
{
	struct part part = part_at(g, turn);
	int nothing = g->fresh &&
	    !(turn > g->layers && tied(g->parameters));

	g->kernels->fetch(g->kernels, g->window[turn % GRADIENT_WINDOWS],
	    nothing ? NULL : g->arena + part.from, part.n * sizeof(float));
}

static void
send(struct gradient *g, size_t turn)
{
	struct part part = part_at(g, turn);

	g->kernels->send(g->kernels, g->arena + part.from,
	    g->window[turn % GRADIENT_WINDOWS], part.n * sizeof(float));
}

void
gradient_pass(struct gradient *g)
{
	g->turn = 0;
	if (g->windowed)
		fetch(g, 0);
}

/* What is sent first has to be done before what is fetched comes. */
void
gradient_next(struct gradient *g)
{
	size_t last = g->layers + 1, turn = g->turn++;
	int again = turn > 0 && turn < last &&
	    part_at(g, turn - 1).from == part_at(g, turn + 1).from;

	if (!g->windowed)
		return;
	g->kernels->fetched(g->kernels);
	if (again)
		send(g, turn - 1);
	if (turn < last)
		fetch(g, turn + 1);
	if (turn > 0 && !again)
		send(g, turn - 1);
}

void
gradient_pass_end(struct gradient *g)
{
	assert(g->turn == g->layers + 2);
	if (g->windowed)
		send(g, g->turn - 1);
	g->fresh = 0;
}

void
gradient_done(struct gradient *g)
{
	const struct parameters *p = g->parameters;
	struct kernels *k = g->kernels;

	if (!g->windowed)
		return;
	k->fetched(k); /* a pass that was given up left it */
	k->send(k, g->arena + p->matrices, g->vectors,
	    (p->total - p->matrices) * sizeof(float));
	k->sent(k);
	if (g->fresh)
		memset(g->arena, 0, p->matrices * sizeof(float));
}

float *
gradient_at(const struct gradient *g, size_t offset)
{
	size_t matrices = g->parameters->matrices, open = g->turn - 1;
	struct part part;

	if (!g->windowed)
		return g->arena + offset;
	if (offset >= matrices)
		return g->vectors + (offset - matrices);
	part = part_at(g, open);
	assert(offset >= part.from && offset - part.from < part.n);
	return g->window[open % GRADIENT_WINDOWS] + (offset - part.from);
}
