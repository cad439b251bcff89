// The tours.
#include "embed.h"

static const unsigned char tour_ppo[] = {
#embed "../../lessons/tours/ppo.md"
};
static const unsigned char tour_grpo[] = {
#embed "../../lessons/tours/grpo.md"
};
static const unsigned char tour_dpo[] = {
#embed "../../lessons/tours/dpo.md"
};
static const unsigned char tour_kto[] = {
#embed "../../lessons/tours/kto.md"
};
static const unsigned char tour_grpo_user_groups[] = {
#embed "../../lessons/tours/grpo-user-groups.md"
};
static const unsigned char tour_reward_model[] = {
#embed "../../lessons/tours/reward-model.md"
};
static const unsigned char tour_ppo_classic[] = {
#embed "../../lessons/tours/ppo-classic.md"
};
static const unsigned char tour_sft[] = {
#embed "../../lessons/tours/sft.md"
};
static const unsigned char tour_reinforce[] = {
#embed "../../lessons/tours/reinforce.md"
};
static const unsigned char tour_remax[] = {
#embed "../../lessons/tours/remax.md"
};
static const unsigned char tour_online_dpo[] = {
#embed "../../lessons/tours/online-dpo.md"
};
static const unsigned char tour_distill[] = {
#embed "../../lessons/tours/distill.md"
};

static const struct gradus_file tours[] = {
    FILE_OF("ppo", tour_ppo),
    FILE_OF("grpo", tour_grpo),
    FILE_OF("dpo", tour_dpo),
    FILE_OF("kto", tour_kto),
    FILE_OF("reward-model", tour_reward_model),
    FILE_OF("grpo-user-groups", tour_grpo_user_groups),
    FILE_OF("ppo-classic", tour_ppo_classic),
    FILE_OF("sft", tour_sft),
    FILE_OF("reinforce", tour_reinforce),
    FILE_OF("remax", tour_remax),
    FILE_OF("online-dpo", tour_online_dpo),
    FILE_OF("distill", tour_distill),
};

const struct gradus_files gradus_tours = ALL_OF(tours);
