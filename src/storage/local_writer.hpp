#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "storage/local_folder.hpp"
#include "storage/storage.hpp"

namespace valise {

/// Begins to write an object into a local storage; `folder` outlives the writer.
[[nodiscard]] std::unique_ptr<ObjectWriter> write_local_object(const LocalFolder& folder,
                                                               const ObjectName& name);

/// What the clock of the storage says, in Unix seconds: the time of a file just written to tmp/,
/// which goes again. The clock of this machine may be wrong, and on a network folder it is not the
/// one that dates the files. Nothing where no file can be written.
[[nodiscard]] std::optional<std::int64_t> storage_time(const LocalFolder& folder);

/// True for a name in tmp/ that a writer can have made.
[[nodiscard]] bool is_leftover_name(const std::string& leaf) noexcept;

}  // namespace valise
