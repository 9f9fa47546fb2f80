/* Records judged by several threads, in order. */
#include "tools/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/signals.h"
#include "lib/score/mathequal.h"

#define PLACES 32 /* a thread's share of the ring */

struct member {
	struct crew *crew;
	void *worker;
	pthread_t thread;
};

struct crew {
	crew_work *work;
	crew_done *done;
	void *arg;
	size_t count, places;
	struct member *member;
	struct crew_job *ring;
	char *ready; /* whether the job at that place is worked out */
	pthread_mutex_t lock;
	pthread_cond_t more;  /* a job was submitted, or the end */
	pthread_cond_t moved; /* a job is done */
	/* Jobs since the beginning: submitted >= taken >= finished. */
	size_t submitted, taken, finished;
	int finishing; /* a thread is in `done` */
	int failed, end;
};

/* Hand out what is next in order; the lock is held. */
static void
finish(struct crew *c)
{
	size_t at;
	int rc;

	if (c->finishing)
		return;
	c->finishing = 1;
	while (!c->failed && c->ready[at = c->finished % c->places]) {
		pthread_mutex_unlock(&c->lock);
		rc = c->done(c->arg, &c->ring[at]);
		pthread_mutex_lock(&c->lock);
		c->ready[at] = 0;
		c->finished++;
		c->failed |= rc != 0;
		pthread_cond_signal(&c->moved);
	}
	c->finishing = 0;
}

static void *
run(void *arg)
{
	struct member *m = arg;
	struct crew *c = m->crew;
	size_t at;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (!c->end && !c->failed && c->taken == c->submitted)
			pthread_cond_wait(&c->more, &c->lock);
		if (c->end || c->failed)
			break;
		at = c->taken++ % c->places;
		pthread_mutex_unlock(&c->lock);
		c->work(m->worker, &c->ring[at]);
		pthread_mutex_lock(&c->lock);
		c->ready[at] = 1;
		finish(c);
	}
	pthread_mutex_unlock(&c->lock);
	mathequal_thread_end();
	return NULL;
}

/* Begin the threads, which leave signals to the caller's. */
static int
begin(struct crew *c, void *const *workers, size_t count)
{
	sigset_t ours, before;
	int rc = 0;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ours, &before);
	while (c->count < count && rc == 0) {
		struct member *m = &c->member[c->count];

		*m = (struct member){.crew = c, .worker = workers[c->count]};
		rc = pthread_create(&m->thread, NULL, run, m);
		c->count += rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct crew *
crew_new(void *const *workers, size_t count, crew_work *work,
    crew_done *done, void *arg, struct error *err)
{
	struct crew *c = calloc(1, sizeof(*c));

	if (c == NULL)
		goto out;
	c->work = work;
	c->done = done;
	c->arg = arg;
	c->places = PLACES * count;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->more, NULL);
	pthread_cond_init(&c->moved, NULL);
	c->member = calloc(count, sizeof(*c->member));
	c->ring = calloc(c->places, sizeof(*c->ring));
	c->ready = calloc(c->places, 1);
	if (c->member != NULL && c->ring != NULL && c->ready != NULL &&
	    begin(c, workers, count) == 0)
		return c;
out:
	crew_free(c);
	error_set(err, STATUS_TEMPFAIL, "out of memory or threads");
	return NULL;
}

/* Wait until at most ${left} jobs are not done; the lock is held. */
static int
wait_for(struct crew *c, size_t left)
{
	struct timespec t;

	while (!c->failed && c->submitted - c->finished > left) {
		if (signals_pending())
			return -1;
		/* A signal ends no wait for a condition: look again. */
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_nsec += 50000000;
		if (t.tv_nsec >= 1000000000) {
			t.tv_nsec -= 1000000000;
			t.tv_sec++;
		}
		pthread_cond_timedwait(&c->moved, &c->lock, &t);
	}
	return c->failed ? -1 : 0;
}

struct crew_job *
crew_slot(struct crew *c)
{
	int rc;

	pthread_mutex_lock(&c->lock);
	rc = wait_for(c, c->places - 1);
	pthread_mutex_unlock(&c->lock);
	return rc == 0 ? &c->ring[c->submitted % c->places] : NULL;
}

void
crew_submit(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->submitted++;
	pthread_cond_signal(&c->more);
	pthread_mutex_unlock(&c->lock);
}

int
crew_drain(struct crew *c)
{
	int rc;

	pthread_mutex_lock(&c->lock);
	rc = wait_for(c, 0);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

void
crew_free(struct crew *c)
{
	size_t i;

	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->end = 1;
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->lock);
	for (i = 0; i < c->count; i++)
		pthread_join(c->member[i].thread, NULL);
	for (i = 0; c->ring != NULL && i < c->places; i++) {
		buffer_free(&c->ring[i].in);
		free(c->ring[i].appraisal.values);
		buffer_free(&c->ring[i].out);
	}
	pthread_cond_destroy(&c->more);
	pthread_cond_destroy(&c->moved);
	pthread_mutex_destroy(&c->lock);
	free(c->member);
	free(c->ring);
	free(c->ready);
	free(c);
}
