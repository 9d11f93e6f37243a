/* The floor: no CGI program on the same server can be faster than one that writes 40 bytes and ends. */
#include <unistd.h>

static const char answer[] = "Content-Type: text/plain\r\n\r\nsigned in..\n";

_Static_assert(sizeof answer - 1 == 40, "40 bytes");

int main(void)
{
    return write(STDOUT_FILENO, answer, 40) != 40;
}
