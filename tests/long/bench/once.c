/* Starts a program again and again, waits for it each time, and prints a line for each run: nanoseconds,
 * peak memory in KiB, page faults. An answer without EXPECTED in it ends it all.
 *
 *     once RUNS SECONDS EXPECTED STDIN PROGRAM [ARGUMENT...]
 *
 * It stops after RUNS, or after SECONDS, whichever is first. It is in C and static because a program's peak
 * memory is counted from before its exec: this process has to be smaller than any that it measures.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char answer[1 << 16];

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *why)
{
    fprintf(stderr, "once: %s\n", why);
    exit(1);
}

static size_t read_all(int from)
{
    size_t length = 0;
    ssize_t got;
    while ((got = read(from, answer + length, sizeof answer - length)) > 0)
        length += (size_t)got;
    return length;
}

static void run(const char *input, char **command, const char *expected)
{
    int ends[2], status;
    struct rusage used;
    posix_spawn_file_actions_t actions;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("no pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    long long began = now();
    if (posix_spawn(&child, command[0], &actions, NULL, command, environ) != 0)
        fail("cannot start the program");
    close(ends[1]);
    size_t length = read_all(ends[0]);
    if (wait4(child, &status, 0, &used) != child)
        fail("cannot wait");
    long long took = now() - began;
    close(ends[0]);
    posix_spawn_file_actions_destroy(&actions);
    if (status != 0 || memmem(answer, length, expected, strlen(expected)) == NULL) {
        fwrite(answer, 1, length, stderr);
        fail("that is not the expected answer, or the program failed");
    }
    printf("%lld %ld %ld\n", took, used.ru_maxrss, used.ru_minflt + used.ru_majflt);
}

int main(int count, char **words)
{
    if (count < 6)
        fail("usage: once RUNS SECONDS EXPECTED STDIN PROGRAM [ARGUMENT...]");
    long runs = atol(words[1]);
    long long until = now() + (long long)(atof(words[2]) * 1e9);
    for (long i = 0; i < runs && (i == 0 || now() < until); i++)
        run(words[4], words + 5, words[3]);
    return 0;
}
