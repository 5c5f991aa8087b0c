# What the test knows of its lab, as it wrote it into the file that SLIPWAY_NSPAWN names.
require "json"

module Nspawn
  # Names:
  #   image     the lab's image, a folder
  #   folder    where the machine's file system goes
  #   machine   its name for systemd-nspawn
  #   groups    its control groups, one in each hierarchy
  #   bridge    the interface of the lab that it's plugged into
  #   gateway   the lab's own address there, and `prefix`, the length of that network's
  #   resolver  the text of its resolv.conf
  NAMES = %i[image folder machine groups bridge gateway prefix resolver].freeze

  Settings = Struct.new(*NAMES, keyword_init: true) do
    def self.read
      new(**JSON.parse(File.read(ENV.fetch("SLIPWAY_NSPAWN")), symbolize_names: true))
    end
  end
end
