#pragma once

#include <filesystem>
#include <optional>

#include "format/request.hpp"
#include "valise/recovery.hpp"

namespace valise {

/// Throws Error(not_found, corrupt, limit, storage) naming the file.
[[nodiscard]] ReceivedRequest read_request_file(const std::filesystem::path& path);

/// What a request says, in words; without the name under which an agent knows the owner.
[[nodiscard]] RequestView view_of_request(const ReceivedRequest& received);

}  // namespace valise
