#include "ops/live_source.hpp"

#include "base/error.hpp"

namespace valise {

LiveSource::LiveSource(const std::filesystem::path& path, const HoldLimits& limits)
    : path_(path), limits_(limits) {
  open();
  profile_ = database_->profile();
}

void LiveSource::open() {
  database_.emplace(LiveDatabase::open(path_));
  since_ = std::chrono::steady_clock::now();
  // One list at a time: they may be large.
  rows_ = {};
  rows_ = database_->attachment_rows();
}

void LiveSource::let_go_if_long(std::uint64_t bytes) {
  if (bytes < limits_.bytes || std::chrono::steady_clock::now() - since_ < limits_.time) return;
  database_.reset();
}

void LiveSource::take_up_again() {
  open();
  // Its name in the vault and the places of its files hang on the app.
  if (database_->profile() != profile_) {
    throw Error(ErrorKind::source,
                path_.string() + " changed its tables while it was read; try again");
  }
}

}  // namespace valise
