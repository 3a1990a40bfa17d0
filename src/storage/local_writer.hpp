#pragma once

#include <memory>

#include "storage/local_folder.hpp"
#include "storage/storage.hpp"

namespace valise {

/// Begins to write an object into a local storage; `folder` outlives the writer.
[[nodiscard]] std::unique_ptr<ObjectWriter> write_local_object(const LocalFolder& folder,
                                                               const ObjectName& name);

/// True for a name in tmp/ that a writer can have made.
[[nodiscard]] bool is_leftover_name(const std::string& leaf) noexcept;

}  // namespace valise
