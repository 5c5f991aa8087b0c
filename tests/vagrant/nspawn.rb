# A Vagrant provider that boots a copy of the lab's image with systemd-nspawn, where there is no hypervisor.
# $VAGRANT_HOME/Vagrantfile requires it, so that the project's Vagrantfile runs as it is.
module Nspawn
  class Plugin < Vagrant.plugin("2")
    name "nspawn"
    description "boots machines with systemd-nspawn, for tests"

    provider(:nspawn, box_optional: true, parallel: false) do
      require_relative "nspawn/provider"
      Provider
    end
  end
end
