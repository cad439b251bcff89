// The lessons are part of the program, so that it teaches wherever it is installed. The compiler does this at once; a
// list of bytes in Swift would take it a minute.
#include "CLessons.h"

// #embed is of C23, and of every C for clang.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char lesson_01_cliff[] = {
#embed "../../lessons/01-cliff.md"
};
static const unsigned char lesson_02_rollouts[] = {
#embed "../../lessons/02-rollouts.md"
};
static const unsigned char lesson_03_gae[] = {
#embed "../../lessons/03-gae.md"
};
static const unsigned char lesson_04_ratio[] = {
#embed "../../lessons/04-ratio.md"
};
static const unsigned char lesson_05_minimum[] = {
#embed "../../lessons/05-minimum.md"
};
static const unsigned char lesson_06_epochs[] = {
#embed "../../lessons/06-epochs.md"
};
static const unsigned char lesson_07_value_loss[] = {
#embed "../../lessons/07-value-loss.md"
};
static const unsigned char lesson_08_entropy[] = {
#embed "../../lessons/08-entropy.md"
};
static const unsigned char lesson_09_rlhf[] = {
#embed "../../lessons/09-rlhf.md"
};
static const unsigned char lesson_10_kl[] = {
#embed "../../lessons/10-kl.md"
};
static const unsigned char lesson_11_beta[] = {
#embed "../../lessons/11-beta.md"
};
static const unsigned char lesson_12_grpo[] = {
#embed "../../lessons/12-grpo.md"
};
static const unsigned char lesson_13_variants[] = {
#embed "../../lessons/13-variants.md"
};
static const unsigned char lesson_14_user_groups[] = {
#embed "../../lessons/14-user-groups.md"
};
static const unsigned char lesson_15_dpo[] = {
#embed "../../lessons/15-dpo.md"
};
static const unsigned char lesson_16_choose[] = {
#embed "../../lessons/16-choose.md"
};
static const unsigned char lesson_17_trainer[] = {
#embed "../../lessons/17-trainer.md"
};
static const unsigned char interview[] = {
#embed "../../lessons/interview.md"
};

#define LESSON(name, bytes) {name, bytes, sizeof bytes}

static const struct gradus_lesson lessons[] = {
    LESSON("01-cliff", lesson_01_cliff),
    LESSON("02-rollouts", lesson_02_rollouts),
    LESSON("03-gae", lesson_03_gae),
    LESSON("04-ratio", lesson_04_ratio),
    LESSON("05-minimum", lesson_05_minimum),
    LESSON("06-epochs", lesson_06_epochs),
    LESSON("07-value-loss", lesson_07_value_loss),
    LESSON("08-entropy", lesson_08_entropy),
    LESSON("09-rlhf", lesson_09_rlhf),
    LESSON("10-kl", lesson_10_kl),
    LESSON("11-beta", lesson_11_beta),
    LESSON("12-grpo", lesson_12_grpo),
    LESSON("13-variants", lesson_13_variants),
    LESSON("14-user-groups", lesson_14_user_groups),
    LESSON("15-dpo", lesson_15_dpo),
    LESSON("16-choose", lesson_16_choose),
    LESSON("17-trainer", lesson_17_trainer),
};

static const struct gradus_lesson interview_questions = LESSON("interview", interview);

int gradus_lesson_count(void) { return sizeof lessons / sizeof *lessons; }

const struct gradus_lesson *gradus_lesson_at(int index) { return &lessons[index]; }

const struct gradus_lesson *gradus_interview(void) { return &interview_questions; }
