/* Any bytes as a safetensors file: what is accepted can be read to its end. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/io/safetensors.h"
#include "lib/io/stshard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stshard s = {0};
	char path[64];
	float last;
	size_t i;
	int fd = memfd_create("fuzz", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (stshard_open(&s, path, NULL) == 0)
		for (i = 0; i < s.count; i++)
			if (s.tensors[i].type != TENSOR_OTHER &&
			    s.tensors[i].count > 0)
				tensor_to_f32(&last, &s.tensors[i],
				    s.tensors[i].count - 1, 1);
	stshard_close(&s);
	close(fd);
	return 0;
}
