// All kernels for one kind of CPU; the including file defines VARIANT, HAS_FMA, HAS_PAIRS and TILE_ROWS.
#include "include/kernels.h"
#include "vectors.h"
#include "logarithm.h"

#include "rounding.h"
#include "bytes.h"
#include "panels.h"
#include "products.h"

#include "attention.h"
#include "decoding.h"
#include "elements.h"
#include "heads.h"
#include "optimizer.h"

#define NAME_OF(variant) #variant
#define NAME(variant) NAME_OF(variant)
#define TABLE_OF(variant) gradus_kernels_##variant
#define TABLE(variant) TABLE_OF(variant)

const struct gradus_kernels TABLE(VARIANT) = {
    .name = NAME(VARIANT),
    .pack_rows = pack_rows,
    .pack_columns = pack_columns,
    .pack_rows_half = pack_rows_half,
    .end_rows_half = end_rows_half,
    .pack_columns_half = pack_columns_half,
    .pack_columns_bytes = pack_columns_bytes,
    .take_column = take_column,
    .multiply = multiply,
    .multiply_transposed = multiply_transposed,
    .norm_forward = norm_forward,
    .norm_backward = norm_backward,
    .rotate = rotate,
    .swiglu_forward = swiglu_forward,
    .swiglu_backward = swiglu_backward,
    .geglu_forward = geglu_forward,
    .geglu_backward = geglu_backward,
    .gelu_forward = gelu_forward,
    .gelu_backward = gelu_backward,
    .scale_rows = scale_rows,
    .add_rows = add_rows,
    .attention_scratch = attention_scratch,
    .attention_forward = attention_forward,
    .attention_backward = attention_backward,
    .cache_rows = cache_rows,
    .attention_step = attention_step,
    .token_logp_forward = token_logp_forward,
    .token_logp_backward = token_logp_backward,
    .softmax = softmax,
    .divergence_forward = divergence_forward,
    .divergence_backward = divergence_backward,
    .token_logp = token_logp,
    .sum_of_squares = sum_of_squares,
    .adamw = adamw,
};
