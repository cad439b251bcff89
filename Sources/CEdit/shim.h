// libedit's readline interface without the C globals and function pointers that Swift 6 cannot touch safely.
// libedit (BSD licence) and not GNU readline, whose licence (GPL) would become this program's.
#pragma once
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <editline/readline.h>

// Returns NULL or a malloc'd array that rl_completion_matches would return: the common prefix, the matches, NULL.
typedef char **(*gradus_completer)(const char *word, int start, int end);

// One copy for each Swift file that uses this header: only LineEditor.swift does.
static int gradus_interrupted_flag = 0;

// Without this libedit would complete file names when there are no matches.
static inline char *gradus_no_entry(const char *word, int state) {
  (void)word;
  (void)state;
  return NULL;
}

static inline int gradus_on_interrupt(int count, int key) {
  (void)count;
  (void)key;
  gradus_interrupted_flag = 1;
  rl_done = 1;
  return 0;
}

static inline void gradus_edit_start(const char *name, const char *break_characters, gradus_completer completer) {
  setlocale(LC_CTYPE, "");  // else every character outside ASCII counts as several
  rl_readline_name = name;
  rl_initialize();
  using_history();
  // Which of the two is read depends on libedit's version.
  rl_basic_word_break_characters = break_characters;
  rl_completer_word_break_characters = (char *)break_characters;
  // The types of these three differ between libedit's versions, hence the casts; the calls are the same.
  rl_completion_entry_function = (void *)gradus_no_entry;
  rl_attempted_completion_function = (void *)completer;
  rl_add_defun("gradus-interrupt", (void *)gradus_on_interrupt, CTRL('C'));
}

// Reads a line during which Ctrl-C is a key like any other instead of a signal that ends the program; *interrupted
// tells the NULL of Ctrl-C from the one of Ctrl-D. libedit takes the terminal's own setting over, which its `setty`
// cannot change.
static inline char *gradus_edit_read(const char *prompt, int *interrupted) {
  struct termios saved;
  int changed = tcgetattr(STDIN_FILENO, &saved) == 0;
  if (changed) {
    struct termios quiet = saved;
    quiet.c_cc[VINTR] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet);
  }
  gradus_interrupted_flag = 0;
  char *line = readline(prompt);
  *interrupted = gradus_interrupted_flag;
  if (changed) tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
  return line;
}

static inline const char *gradus_edit_line(void) { return rl_line_buffer; }

// The character added behind the only match; 0 adds none.
static inline void gradus_edit_append(char character) { rl_completion_append_character = character; }
