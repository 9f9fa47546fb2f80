/* Where the thinking ends and the answer may be stated. */
#include "lib/score/think.h"

#define OPEN "<think>"
#define CLOSE "</think>"

struct span
think_final(struct span response)
{
	size_t open = span_find_last(response, OPEN);
	size_t close = span_find_last(response, CLOSE);

	if (open != SPAN_NONE && (close == SPAN_NONE || close < open))
		return (struct span){NULL, 0};
	if (close == SPAN_NONE)
		return response;
	return span_slice(response, close + sizeof(CLOSE) - 1,
	    response.length);
}

int
think_wellformed(struct span response)
{
	size_t open = span_find(response, OPEN);
	size_t close = span_find(response, CLOSE);

	if (open == SPAN_NONE || close == SPAN_NONE || close < open ||
	    open != span_find_last(response, OPEN) ||
	    close != span_find_last(response, CLOSE))
		return 0;
	return span_trim(span_slice(response, 0, open)).length == 0 &&
	    span_trim(span_slice(response, open + sizeof(OPEN) - 1,
	    close)).length > 0 &&
	    span_trim(think_final(response)).length > 0;
}
