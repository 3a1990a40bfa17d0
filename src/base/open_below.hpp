#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/files.hpp"

namespace valise {

// Folders opened from a descriptor, one part of a path at a time, so that no symlink is followed,
// whoever puts it there and when. Empty on failure, and errno says what stands in the way: ENOENT
// nothing, ELOOP a symlink, ENOTDIR what is neither that nor a folder, whichever of the two the
// system itself says; all else as the system says it. A signal interrupts none of them.
// Thread-safe.

/// The folder `name`, which is one part of a path, in the open folder `at`; for reading its names
/// and for openat().
[[nodiscard]] UniqueFd open_folder_at(int at, const char* name) noexcept;

/// Opens one folder on the way: `name` in `at`; `so_far` is the path up to it, its own name
/// included. What it throws passes through. Where it gives an empty one the walk ends with errno as
/// it left it.
using OpenFolderStep =
    std::function<UniqueFd(int at, const std::string& name, std::string_view so_far)>;

/// The folder that the last part of `path` stands in: `root` under another descriptor where the
/// path has one part. Parts are taken as they stand between the slashes: who asks for an empty one
/// or for ".." gets what the system makes of it.
[[nodiscard]] UniqueFd open_parent_below(int root, std::string_view path,
                                         const OpenFolderStep& step);
/// The same with open_folder_at() for each step.
[[nodiscard]] UniqueFd open_parent_below(int root, std::string_view path);

/// Opens what `path` names in one step where the system can promise that no part of it is a symlink
/// and that it leads nowhere else; empty where it cannot, or when that fails for any reason: the
/// walk then tells which. A walk costs four times the calls.
[[nodiscard]] UniqueFd open_directly_below(int root, const std::string& path, int flags) noexcept;

/// The last part of a path.
[[nodiscard]] std::string leaf_of(std::string_view path);

}  // namespace valise
