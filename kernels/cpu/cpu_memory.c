/* How much memory is left. */
#include "kernels/cpu/cpu.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define GROUP "/sys/fs/cgroup/memory."

/* The number that ${path} begins with; SIZE_MAX where it has none. */
static size_t
number_in(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return SIZE_MAX;
	if (fscanf(f, "%zu", &n) != 1)
		n = SIZE_MAX;
	fclose(f);
	return n;
}

static size_t
available(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	size_t n;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %zu kB", &n) == 1) {
			fclose(f);
			return n * 1024;
		}
	if (f != NULL)
		fclose(f);
	return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}

size_t
cpu_memory_free(struct kernels *k)
{
	size_t machine = available(), limit = number_in(GROUP "max");
	size_t used = number_in(GROUP "current");

	(void)k;
	if (limit == SIZE_MAX || used == SIZE_MAX)
		return machine;
	used = used < limit ? limit - used : 0;
	return used < machine ? used : machine;
}

size_t
cpu_memory_plan(struct kernels *k)
{
	return cpu_memory_free(k) / 2;
}
