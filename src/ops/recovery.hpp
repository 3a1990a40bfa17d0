#pragma once

#include "storage/storage.hpp"
#include "valise/recovery.hpp"

namespace valise {

// The verbs on any storage. See valise/recovery.hpp.

[[nodiscard]] RequestView make_request_in(Storage& storage, const Run& run,
                                          const RequestOptions& options,
                                          const std::function<Secret()>& new_passphrase);
[[nodiscard]] CombineResult combine_answers_in(Storage& storage, const Run& run,
                                               const CombineOptions& options,
                                               const UnlockSource& unlock);

}  // namespace valise
