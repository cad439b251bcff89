// The course.
#include "embed.h"

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
static const unsigned char lesson_18_kl_gradient[] = {
#embed "../../lessons/18-kl-gradient.md"
};
static const unsigned char lesson_19_kto[] = {
#embed "../../lessons/19-kto.md"
};
static const unsigned char lesson_20_one_world[] = {
#embed "../../lessons/20-one-world.md"
};
static const unsigned char lesson_21_sampler[] = {
#embed "../../lessons/21-sampler.md"
};
static const unsigned char lesson_22_distillation[] = {
#embed "../../lessons/22-distillation.md"
};
static const unsigned char lesson_23_online_dpo[] = {
#embed "../../lessons/23-online-dpo.md"
};
static const unsigned char interview[] = {
#embed "../../lessons/interview.md"
};

static const struct gradus_file lessons[] = {
    FILE_OF("01-cliff", lesson_01_cliff),
    FILE_OF("02-rollouts", lesson_02_rollouts),
    FILE_OF("03-gae", lesson_03_gae),
    FILE_OF("04-ratio", lesson_04_ratio),
    FILE_OF("05-minimum", lesson_05_minimum),
    FILE_OF("06-epochs", lesson_06_epochs),
    FILE_OF("07-value-loss", lesson_07_value_loss),
    FILE_OF("08-entropy", lesson_08_entropy),
    FILE_OF("09-rlhf", lesson_09_rlhf),
    FILE_OF("10-kl", lesson_10_kl),
    FILE_OF("11-beta", lesson_11_beta),
    FILE_OF("12-grpo", lesson_12_grpo),
    FILE_OF("13-variants", lesson_13_variants),
    FILE_OF("14-user-groups", lesson_14_user_groups),
    FILE_OF("15-dpo", lesson_15_dpo),
    FILE_OF("16-choose", lesson_16_choose),
    FILE_OF("17-trainer", lesson_17_trainer),
    FILE_OF("18-kl-gradient", lesson_18_kl_gradient),
    FILE_OF("19-kto", lesson_19_kto),
    FILE_OF("20-one-world", lesson_20_one_world),
    FILE_OF("21-sampler", lesson_21_sampler),
    FILE_OF("22-distillation", lesson_22_distillation),
    FILE_OF("23-online-dpo", lesson_23_online_dpo),
};

const struct gradus_files gradus_lessons = ALL_OF(lessons);
const struct gradus_file gradus_interview = FILE_OF("interview", interview);
