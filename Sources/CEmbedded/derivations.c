// The derivations.
#include "embed.h"

static const unsigned char derivation_policy_gradient[] = {
#embed "../../lessons/derivations/policy-gradient.md"
};
static const unsigned char derivation_gae[] = {
#embed "../../lessons/derivations/gae.md"
};
static const unsigned char derivation_clip[] = {
#embed "../../lessons/derivations/clip.md"
};
static const unsigned char derivation_kl_gradient[] = {
#embed "../../lessons/derivations/kl-gradient.md"
};
static const unsigned char derivation_bradley_terry[] = {
#embed "../../lessons/derivations/bradley-terry.md"
};
static const unsigned char derivation_dpo[] = {
#embed "../../lessons/derivations/dpo.md"
};

static const struct gradus_file derivations[] = {
    FILE_OF("policy-gradient", derivation_policy_gradient),
    FILE_OF("gae", derivation_gae),
    FILE_OF("clip", derivation_clip),
    FILE_OF("kl-gradient", derivation_kl_gradient),
    FILE_OF("bradley-terry", derivation_bradley_terry),
    FILE_OF("dpo", derivation_dpo),
};

const struct gradus_files gradus_derivations = ALL_OF(derivations);
