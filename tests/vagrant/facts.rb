# Prints as JSON what a Vagrantfile really configures, and exits with 1 on what `vagrant validate` misses:
# an address that is none, a playbook or an inventory that isn't there.
#   ruby facts.rb [FOLDER] [PROVIDER]
require "ipaddr"
require "json"
require "vagrant"

PROVISIONER_FILES = %i[playbook inventory_path config_file path].freeze
PROVISIONER_WORDS = %i[args groups limit].freeze

# VMware's own plugin isn't in Debian. This one takes what a Vagrantfile writes for it, so that it can be read; it
# checks nothing.
class VmwareConfig < Vagrant.plugin("2", :config)
  attr_reader :vmx

  def initialize
    @vmx = {}
  end
end

class VmwareStandIn < Vagrant.plugin("2")
  name "a stand-in for vmware_desktop"
  config(:vmware_desktop, :provider) { VmwareConfig }
end

def address?(text)
  IPAddr.new(text)
rescue IPAddr::Error
  false
end

def networks(config)
  config.vm.networks.reject { |_, options| options[:id] == "ssh" }.map do |kind, options|
    { kind: kind, **options.slice(:ip, :guest, :host, :host_ip) }
  end
end

def provisioners(config)
  config.vm.provisioners.map do |provisioner|
    known = ->(name) { provisioner.config.respond_to?(name) }
    files = PROVISIONER_FILES.select(&known).to_h { |name| [name, provisioner.config.public_send(name)] }
    words = PROVISIONER_WORDS.select(&known).to_h { |name| [name, provisioner.config.public_send(name)] }
    { name: provisioner.name, type: provisioner.type, **files.select { |_, path| path.is_a?(String) }, **words }
  end
end

def folders(config)
  config.vm.synced_folders.values.reject { |folder| folder[:disabled] }.map do |folder|
    folder.slice(:hostpath, :guestpath, :type)
  end
end

# Processors, and memory in MiB, each provider's in its own words.
def size(config, provider)
  settings = config.vm.get_provider_config(provider)
  case provider
  when :virtualbox
    values = settings.customizations.to_h { |_, words| words.last(2) }
    { cpus: values["--cpus"].to_i, memory: values["--memory"].to_i }
  when :vmware_desktop
    { cpus: settings.vmx["numvcpus"].to_i, memory: settings.vmx["memsize"].to_i }
  else
    { cpus: settings&.cpus, memory: settings&.memory }
  end
end

def mistakes(root, machine)
  addresses = machine[:networks].filter_map { |network| network[:ip] }
  files = machine[:provisioners].flat_map { |provisioner| provisioner.slice(*PROVISIONER_FILES).values }
  addresses.reject { |text| address?(text) }.map { |text| "#{text} is no address" } +
    files.reject { |path| File.exist?(File.join(root, path)) }.map { |path| "#{path} isn't there" }
end

folder, provider = ARGV
provider = (provider || "virtualbox").to_sym
environment = Vagrant::Environment.new(cwd: folder || ".", ui_class: Vagrant::UI::Silent)
machines = environment.machine_names.to_h do |name|
  config = environment.vagrantfile.machine_config(name, provider, nil, nil, false)[:config]
  facts = { box: config.vm.box, hostname: config.vm.hostname, size: size(config, provider) }
  [name, facts.merge(networks: networks(config), folders: folders(config), provisioners: provisioners(config))]
end
wrong = machines.flat_map { |name, machine| mistakes(environment.root_path, machine).map { |text| "#{name}: #{text}" } }
puts JSON.pretty_generate(machines)
abort wrong.join("\n") unless wrong.empty?
