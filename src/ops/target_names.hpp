#pragma once

#include <string>
#include <string_view>

namespace valise {

// Names in an open folder that files are restored into. Thread-safe.

/// A new name for a file that is not whole yet: ".valise-<16 hex digits>.partial".
[[nodiscard]] std::string new_temporary_name();
/// Removes the files of such names, which a restore left whose process was killed.
void sweep_temporaries(int folder);

[[nodiscard]] bool is_empty_folder(int folder);

/// The path under which the folders below `root` list what stands at `path`. It is another one
/// where the file system takes "A.jpg" and "a.jpg" for the same name, in any part, and keeps the
/// one that came first. `path` itself where nothing stands there. Reads all names in each folder on
/// the way.
[[nodiscard]] std::string listed_path(int root, std::string_view path);

}  // namespace valise
