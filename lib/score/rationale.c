/* How much of a response is reasoning, and how much is too much. */
#include "lib/score/rationale.h"

size_t
rationale_bytes(struct span response, const struct answer *a)
{
	size_t close = span_find_last(response, "</think>");

	return close != SPAN_NONE ? close : a->at;
}

size_t
rationale_share(size_t bytes, size_t length, size_t tokens)
{
	if (length == 0)
		return 0;
	return (size_t)(((unsigned __int128)bytes * tokens * 2 + length) /
	    ((unsigned __int128)length * 2));
}

double
rationale_overlong(size_t tokens, double limit, double soft)
{
	double over = (double)tokens - (limit - soft);

	if (over <= 0)
		return 0;
	return over >= soft ? -1 : -over / soft;
}
